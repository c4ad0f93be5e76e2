import { expect, it } from 'vitest';
import { openMessagingDatabase } from '../../test/open-messaging-database.ts';
import { DatabaseSession } from './session.ts';

it('a statement with values is prepared at its first use, and used again', async () => {
  const { dataSource, drop } = await openMessagingDatabase();
  const { url } = dataSource.options as { url: string };
  const bounds = { connectTimeoutMs: 10_000, queryTimeoutMs: 10_000 };
  const session = new DatabaseSession(
    { url, name: 'session_spec', ...bounds },
    () => {},
    () => {},
  );
  await session.connect();
  for (const n of [1, 2, 3]) expect(await session.query('SELECT $1::int AS n', [n])).toEqual([{ n }]);
  await expect(session.query('SELECT $1::int / 0', [1])).rejects.toThrow('division by zero');
  expect(await session.query('SELECT $1::int AS n', [4])).toEqual([{ n: 4 }]);
  const prepared = await session.query('SELECT statement FROM pg_prepared_statements ORDER BY prepare_time');
  expect(prepared).toEqual([{ statement: 'SELECT $1::int AS n' }, { statement: 'SELECT $1::int / 0' }]);
  await session.end();
  await drop();
});
