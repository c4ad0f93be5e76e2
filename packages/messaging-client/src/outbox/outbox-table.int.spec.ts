import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openMessagingDatabase } from '../../test/open-messaging-database.ts';
import { BACKLOG_ROWS_COUNTED_MAX } from '../limits.ts';
import { OutboxBacklog } from './outbox-backlog.ts';

let dataSource: DataSource;
let drop: () => Promise<void>;
beforeAll(async () => {
  ({ dataSource, drop } = await openMessagingDatabase());
});
afterAll(async () => drop());
beforeEach(async () => dataSource.query('TRUNCATE outbox'));

async function append(rows: number, secondsAgo: number, publishedAt: string | null = null): Promise<void> {
  await dataSource.query(
    `INSERT INTO outbox (aggregatetype, aggregateid, type, version, source, payload, created_at, published_at)
     SELECT 'member', n::text, 'member.signed-up', 1, 'member-service', '{}',
            clock_timestamp() - $2::integer * interval '1 second', $3
       FROM generate_series(1, $1::integer) AS n`,
    [rows, secondsAgo, publishedAt],
  );
}

/**
 * Debezium's outbox event router as it is without settings, by the option that names each column. The types are those that
 * its PostgreSQL connector hands on as a string, which is what the router makes keys, headers and values of.
 */
const ROUTER_DEFAULTS = [
  { option: 'table.field.event.id', column: 'id', types: ['uuid'] },
  { option: 'table.field.event.key', column: 'aggregateid', types: ['text', 'character varying'] },
  { option: 'route.by.field', column: 'aggregatetype', types: ['text', 'character varying'] },
  { option: 'table.field.event.payload', column: 'payload', types: ['json', 'jsonb'] },
  // As in `table.fields.additional.placement=type:header:ce_type`, the documentation's own example.
  { option: 'table.fields.additional.placement', column: 'type', types: ['text', 'character varying'] },
] as const;

describe('the outbox for Debezium’s event router', () => {
  it.each(ROUTER_DEFAULTS)('has $column for $option, never without a value', async ({ column, types }) => {
    const [found] = await columnsOfOutbox(column);
    expect(types).toContain(found?.data_type);
    expect(found?.is_nullable).toBe('NO');
  });

  it('has the trace where `tracing.span.context.field` has it, in lines of name=value; a row may be without', async () => {
    expect(await columnsOfOutbox('tracingspancontext')).toMatchObject([{ data_type: 'text', is_nullable: 'YES' }]);
  });

  it('has the time of the event as a time, so `table.field.event.timestamp` stays unset and the router takes the commit’s', async () => {
    // That option wants milliseconds as a number; a column called `timestamp` would be taken for one.
    expect(await columnsOfOutbox('timestamp')).toEqual([]);
    expect(await columnsOfOutbox('created_at')).toMatchObject([{ data_type: 'timestamp with time zone' }]);
  });

  it('has a default for its other columns, or takes them from the publisher: a router need not know them', async () => {
    const rows = await dataSource.query(
      `INSERT INTO outbox (aggregatetype, aggregateid, type, version, source, payload)
       VALUES ('member', 'm1', 'member.signed-up', 1, 'member-service', '{"a": 1}')
       RETURNING id, aggregatetype, aggregateid, type, payload`,
    );
    expect(rows).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        aggregatetype: 'member',
        aggregateid: 'm1',
        type: 'member.signed-up',
        payload: { a: 1 },
      },
    ]);
  });
});

async function columnsOfOutbox(column: string): Promise<Array<{ data_type: string; is_nullable: string }>> {
  return dataSource.query(
    `SELECT data_type, is_nullable FROM information_schema.columns WHERE table_name = 'outbox' AND column_name = $1`,
    [column],
  );
}

describe('the backlog of the outbox', () => {
  it('is what waits, and for how long the oldest of it has', async () => {
    const backlog = new OutboxBacklog(dataSource);
    expect(await backlog.read()).toEqual({ rows: 0, oldestMs: 0, rejectedRows: 0, warnings: [] });
    await append(1, 600, '2026-11-21T09:00:00Z');
    await append(2, 60);
    await append(3, 5);
    const { rows, oldestMs } = await backlog.read();
    expect(rows).toBe(5);
    expect(oldestMs).toBeGreaterThanOrEqual(60_000);
    expect(oldestMs).toBeLessThan(600_000);
  });

  it('is counted up to a bound only', async () => {
    await append(BACKLOG_ROWS_COUNTED_MAX + 1, 1);
    expect(await new OutboxBacklog(dataSource).read()).toMatchObject({ rows: BACKLOG_ROWS_COUNTED_MAX });
  });
});
