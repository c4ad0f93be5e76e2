import { messagingMigrationsSql } from '../../../packages/messaging-client/src/migrations.ts';
import type { Call, Command } from '../command.ts';
import { EXIT } from '../problem.ts';

export const sql: Command = {
  name: 'sql',
  summary: 'The tables of messaging-client as SQL, for a database that another tool migrates.',
  options: { service: { type: 'string', value: 'NAME', help: 'whose database it is; required' } },
  notes: ['The migrations are listed as run, so that the service finds nothing to do when it starts.'],
  examples: ['sql --service mail-service'],
  run: printSql,
};

async function printSql({ given, output }: Call): Promise<0> {
  const statements = await messagingMigrationsSql(given.required('service', 'the service whose database it is'));
  output.answer({ sql: statements }, () => output.say(statements));
  return EXIT.fine;
}
