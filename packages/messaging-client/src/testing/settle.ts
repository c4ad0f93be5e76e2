import type { INestApplication } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { queryOf } from '../database/query.ts';
import { encodeRecord } from '../envelope/encode-record.ts';
import type { OutboxRow } from '../envelope/outbox-row.ts';
import { groupOfHandler, MESSAGING_OPTIONS } from '../options.ts';
import type { MessagingOptions } from '../options.ts';
import { attemptOnce, handlerNamesOf } from './deliver.ts';

/** A handler that appends what it handles would go on for ever. */
const SETTLED_EVENTS_MAX = 1_000;

/** An event that `settle()` has published and handled. */
export interface SettledEvent {
  readonly eventId: string;
  readonly name: string;
  /** Which of the applications handled it, by the names of their services. */
  readonly handledBy: readonly string[];
}

const FIRST_PENDING = `
  SELECT seq, id, aggregatetype AS topic, aggregateid AS key, type, version, data_versions AS "dataVersions", source,
         payload::text AS payload, substr(tracingspancontext, length('traceparent=') + 1) AS traceparent, created_at AS "createdAt"
    FROM outbox WHERE published_at IS NULL ORDER BY seq LIMIT 1`;

const MARK = `UPDATE outbox SET published_at = clock_timestamp(), "partition" = 0, "offset" = $2 WHERE seq = $1`;

/**
 * Publishes and handles what is due in the outboxes of the applications, once, without a broker: event by event in the order
 * of each outbox, each in one attempt of the handlers that the applications have for it, as `deliver()` makes it. What
 * handlers append meanwhile is settled too.
 *
 * For specs that follow an event through one or several services. Their relays have to be off (`relay: { enabled: false }`, or
 * RELAY_ENABLED=false) or without a broker.
 * @returns the events in the order in which they were handled
 * @throws what a handler throws: its event and those behind it are still pending, and the next call goes on with them
 */
export async function settle(...apps: readonly INestApplication[]): Promise<SettledEvent[]> {
  const settled: SettledEvent[] = [];
  for (;;) {
    const before = settled.length;
    for (const app of apps) {
      const one = await settleFirst(app, apps);
      if (one !== undefined) settled.push(one);
    }
    if (settled.length === before) return settled;
    if (settled.length > SETTLED_EVENTS_MAX)
      throw new Error(`more than ${SETTLED_EVENTS_MAX} events: do they go in circles?`);
  }
}

async function settleFirst(
  publisher: INestApplication,
  apps: readonly INestApplication[],
): Promise<SettledEvent | undefined> {
  const query = queryOf(publisher.get(DataSource, { strict: false }));
  const [row] = await query<Omit<OutboxRow, 'shard'>>(FIRST_PENDING);
  if (row === undefined) return undefined;
  const record = encodeRecord(row, new Date());
  const handledBy: string[] = [];
  let place = '0';
  for (const app of apps) {
    for (const handler of await handlerNamesOf(app)) {
      const { offset, outcome } = await attemptOnce(app, row.topic, record, { handler });
      place = offset;
      if (outcome.is === 'handled') {
        const { service } = app.get<MessagingOptions>(MESSAGING_OPTIONS, { strict: false });
        handledBy.push(groupOfHandler(service, handler));
      }
    }
  }
  await query(MARK, [row.seq, place]);
  return { eventId: row.id, name: row.type, handledBy };
}
