import { join } from 'node:path';
import { LogFile } from '../log-file.ts';
import type { PartDefinition } from '../part.ts';
import { awaitPostgres } from '../postgres/await-postgres.ts';
import { prepareDatabases } from '../postgres/prepare-databases.ts';
import { runPostgres } from '../postgres/run-postgres.ts';
import type { Cluster } from '../postgres/settle-cluster.ts';
import type { StackContext } from '../stack-context.ts';

/** A fast shutdown writes what is in memory to the disk. */
const STOP_WITHIN_MS = 15_000;

/** One server with a database for each service. */
export function postgres(context: StackContext, { folder, passwords }: Cluster): PartDefinition {
  const { dataFolder, ports } = context;
  const log = new LogFile(join(dataFolder, 'logs', 'postgres.log'));
  return {
    name: 'postgres',
    address: () => `127.0.0.1:${ports.get('postgres')}`,
    log,
    // SIGTERM would wait for the last client to leave.
    stopSignal: 'SIGINT',
    stopWithinMs: STOP_WITHIN_MS,
    spawn: (output) =>
      runPostgres(context.postgres, {
        dataFolder: folder,
        port: ports.get('postgres'),
        stdio: ['ignore', output, output],
      }),
    awaitReady: async (signal) => {
      await awaitPostgres(context.adminUrl(), signal);
      await prepareDatabases(context.adminUrl(), passwords);
    },
    move: () => ports.change('postgres'),
  };
}
