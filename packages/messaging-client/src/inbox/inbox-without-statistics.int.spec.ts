import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openMessagingDatabase } from '../../test/open-messaging-database.ts';
import type { RecordContext } from '../handler/record-context.ts';
import { testContext } from '../testing/test-context.ts';
import { handleOnce } from './handle-once.ts';
import { RepeatableEffects } from './handle-repeatable.ts';

/** Without statistics the planner takes the rows of a group for a few, however many they are. */
const ROWS = 20_000;
const RECORDS = 256;

let dataSource: DataSource;
let drop: () => Promise<void>;
beforeAll(async () => {
  ({ dataSource, drop } = await openMessagingDatabase());
  await dataSource.query(`ALTER TABLE inbox_message SET (autovacuum_enabled = off)`);
  await dataSource.query(
    `INSERT INTO inbox_message (consumer_group, handler, event_id, state, topic, "partition", "offset")
     SELECT $1, $2, 'id-' || n, 'done', 'topic', 0, n FROM generate_series(1, ${ROWS}) AS n`,
    [recordOf(1).group, recordOf(1).event.name],
  );
});
afterAll(async () => drop());

function recordOf(n: number): RecordContext {
  return testContext({ eventId: `id-${n}` });
}

const records = (from: number): RecordContext[] => Array.from({ length: RECORDS }, (_, n) => recordOf(from + n));

/** Rows of the inbox that all statements so far have read, by the table or by an index. */
async function rowsRead(): Promise<number> {
  await dataSource.query('SELECT pg_stat_force_next_flush()');
  const [read] = await dataSource.query<Array<{ rows: number }>>(
    `SELECT (SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = 'inbox_message')::int +
            (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname = 'inbox_message')::int AS rows`,
  );
  return read!.rows;
}

describe('an inbox without statistics', () => {
  it('looks up which records were handled by reading their rows alone', async () => {
    const before = await rowsRead();
    const effects = new RepeatableEffects(dataSource);
    const handled = await Promise.all(records(1).map((record) => effects.handle(record, async () => undefined)));
    expect(handled).toEqual(Array.from({ length: RECORDS }, () => false));
    expect((await rowsRead()) - before).toBeLessThanOrEqual(2 * RECORDS);
  });

  it('deletes the rows of records that a group did not get to by reading them alone', async () => {
    const before = await rowsRead();
    const fresh = records(ROWS + 1);
    const { signal } = new AbortController();
    const { handled, left } = await handleOnce(dataSource, fresh, { handle: async () => 1, signal });
    expect([handled.size, left.size]).toEqual([1, RECORDS - 1]);
    expect((await rowsRead()) - before).toBeLessThanOrEqual(2 * RECORDS);
  });
});
