/** As a program, for the set-up: the template of every cluster, made now if there is none yet. */
import { prepareTemplate } from './create-cluster.ts';
import { settlePostgres } from './settle-postgres.ts';

await prepareTemplate(await settlePostgres());
