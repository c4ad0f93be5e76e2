import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { SpanKind } from '@opentelemetry/api';
import { MessagingError } from '../errors.ts';
import { readPayload } from '../event-definition.ts';
import type { EventDefinition, ReadPayload } from '../event-definition.ts';
import { TransactionBatcher } from '../database/transaction-batcher.ts';
import { KEY_BYTES_MAX, OUTBOX_ROWS_AT_ONCE_MAX, PAYLOAD_BYTES_MAX } from '../limits.ts';
import { MESSAGING_OPTIONS } from '../options.ts';
import type { MessagingOptions } from '../options.ts';
import { currentTrace } from '../observe/scope.ts';
import { ATTRIBUTE, inSpan } from '../observe/spans.ts';
import { continueTrace, traceContextOf } from '../observe/trace-context.ts';
import type { Query } from '../database/query.ts';
import { LOCK_SPACE } from '../database/instance-lock.ts';
import { takeFloors } from './append-floor.ts';
import { queryIn } from './append-transaction.ts';
import type { AppendTransaction } from './append-transaction.ts';
import { OUTBOX_CHANNEL } from './outbox-table.ts';

/** What `append()` resolves to. */
export interface Appended {
  /** The event's id: `ce_id` of its record, and what inbox and ledger know it by. */
  readonly id: string;
}

/** Options of `append()`; without them the event has a new id, and its key is not locked. */
export interface AppendOptions {
  /**
   * Waits for every open transaction that has appended to this key with this option, and makes the later ones wait: events of
   * the key go out in the order of the commits, also where the writer does not lock the row that it changes before it appends.
   *
   * All writers of the key have to use it. The lock is held until the transaction ends, so append keys of several calls in the
   * same order everywhere, and before or after the row's own lock, but the same in all writers: else two transactions can wait
   * for each other, and PostgreSQL ends one of them (40P01) after a second. What is appended without an await in between is
   * ordered already.
   */
  readonly lockKey?: boolean;
  /**
   * The event's id, a UUID; a new one unless given. For an event that has an id of its own already: while its row is there, a
   * second append of the id is an error of the database (23505), and consumers act once on it.
   */
  readonly id?: string;
}

interface OutboxEntry {
  readonly topic: string;
  readonly key: string;
  readonly event: string;
  readonly version: number;
  /** Of one of several versions of an event: its id and all versions. */
  readonly shared: { readonly id: string; readonly dataVersions: string } | undefined;
  /** Given by the caller. */
  readonly id: string | undefined;
  readonly json: string;
  /** Of the span of the append: those of the consumers are within it. */
  readonly traceparent: string;
  readonly lockKey: boolean;
}

/** Before the floors, so that a transaction that waits for a key holds no other back. In one order, so that no two wait for each other. */
const LOCK_KEYS = `
  SELECT pg_advisory_xact_lock(${LOCK_SPACE.appendKey}, lock)
    FROM (SELECT DISTINCT hashtext(name) AS lock FROM unnest($1::text[]) AS name ORDER BY lock) AS locks`;

/** The floors, then the rows, then the wake-up call, in one round trip; it is sent when the transaction commits. */
const APPEND = `
  WITH floor AS MATERIALIZED (${takeFloors('$3::text[]')}),
  appended AS (
    INSERT INTO outbox (id, data_versions, source, aggregatetype, aggregateid, type, version, payload, payload_bytes, tracingspancontext)
    SELECT coalesce(id, uuidv7()), data_versions, $1::text, topic, key, event, version, json::json, octet_length(json), 'traceparent=' || traceparent
      FROM (SELECT count(*) FROM floor) AS floors,
           unnest($2::text[], $3::text[], $4::text[], $5::int[], $6::text[], $7::text[], $8::uuid[], $9::text[])
             WITH ORDINALITY AS entry (topic, key, event, version, json, traceparent, id, data_versions, place)
     ORDER BY place
    RETURNING seq, id
  )
  SELECT id, pg_notify('${OUTBOX_CHANNEL}', '') FROM appended ORDER BY seq`;

/** As the column takes it. */
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** Publishes an event in the transaction of its change: both are committed, or neither. */
@Injectable()
export class Outbox {
  readonly #options: MessagingOptions;
  readonly #appends = new TransactionBatcher<AppendTransaction, OutboxEntry, Appended>(
    OUTBOX_ROWS_AT_ONCE_MAX,
    async (transaction, entries) => this.#appendTogether(transaction, entries),
  );

  constructor(@Inject(MESSAGING_OPTIONS) options: MessagingOptions) {
    this.#options = options;
  }

  /**
   * Appends an event to the outbox of the caller's transaction. Events of a key go out in the order in which they were
   * appended, so append while holding the lock on the row that the event is about, as after its UPDATE or FOR UPDATE; or with
   * `lockKey`, where there is no such lock. Await it before the commit: with a client of pg, a COMMIT that is sent meanwhile
   * would come first.
   * @throws MessagingError APPEND_OUTSIDE_TRANSACTION, EVENT_NOT_PUBLISHED_HERE, PAYLOAD_INVALID (names each field),
   *   KEY_INVALID, EVENT_ID_INVALID, PAYLOAD_TOO_LARGE
   */
  async append<Payload>(
    transaction: AppendTransaction,
    event: EventDefinition<Payload>,
    payload: NoInfer<Payload>,
    options: AppendOptions = {},
  ): Promise<Appended> {
    this.#check(transaction, event);
    return inAppendSpan(event, async (traceparent) => {
      const entry = entryOf(event, await readPayload(event, payload), options, { traceparent });
      return this.#appends.add(transaction, entry);
    });
  }

  /**
   * Appends several payloads of an event, in their order and by as few statements as there can be. All are validated before
   * one is written.
   * @returns their ids, in the order of the payloads
   * @throws as `append()`
   */
  async appendAll<Payload>(
    transaction: AppendTransaction,
    event: EventDefinition<Payload>,
    payloads: ReadonlyArray<NoInfer<Payload>>,
    options: Omit<AppendOptions, 'id'> = {},
  ): Promise<Appended[]> {
    this.#check(transaction, event);
    const read = await Promise.all(payloads.map(async (payload) => readPayload(event, payload)));
    const entries = read.map((one) => entryOf(event, one, options, { traceparent: '' }));
    return Promise.all(
      entries.map(async (entry) =>
        inAppendSpan(event, async (traceparent) => this.#appends.add(transaction, { ...entry, traceparent })),
      ),
    );
  }

  /**
   * Appends one event in two versions, while there are consumers that know only the older one, or that may be rolled back to
   * it. It is two records with one id, and takes effect once in each consumer group; see ADR 0032. To be awaited before the
   * next event of its key is appended.
   * @throws as `append()`; MessagingError DEFINITION_INVALID when they are not two versions of one event, KEY_INVALID when
   *   their keys differ
   */
  async appendVersions<Newer, Older>(
    transaction: AppendTransaction,
    [newer, newerPayload]: readonly [EventDefinition<Newer>, NoInfer<Newer>],
    [older, olderPayload]: readonly [EventDefinition<Older>, NoInfer<Older>],
    options: AppendOptions = {},
  ): Promise<Appended> {
    checkVersions(newer, older);
    this.#check(transaction, newer);
    this.#check(transaction, older);
    const shared = { id: options.id ?? randomUUID(), dataVersions: `${newer.version},${older.version}` };
    return inAppendSpan(newer, async (traceparent) => {
      const first = entryOf(newer, await readPayload(newer, newerPayload), options, { traceparent, shared });
      const second = entryOf(older, await readPayload(older, olderPayload), options, { traceparent, shared });
      if (first.key !== second.key) {
        throw new MessagingError(
          'KEY_INVALID',
          `${newer.name}: the keys of v${newer.version} and v${older.version} differ`,
        );
      }
      // The newer one first: a consumer that reads both acts on the one that says more.
      const [appended] = await Promise.all([
        this.#appends.add(transaction, first),
        this.#appends.add(transaction, second),
      ]);
      return appended;
    });
  }

  #check(transaction: AppendTransaction, event: EventDefinition): void {
    openQuery(transaction, event.name);
    if (!this.#options.publishes.some(({ name, version }) => name === event.name && version === event.version)) {
      throw new MessagingError(
        'EVENT_NOT_PUBLISHED_HERE',
        `${event.name} v${event.version} is not among the events that ${this.#options.service} publishes`,
      );
    }
  }

  async #appendTogether(transaction: AppendTransaction, entries: readonly OutboxEntry[]): Promise<Appended[]> {
    // Again: an append that is not awaited may come after the commit, where nothing would hold it to its change.
    const query = openQuery(transaction, entries[0]!.event);
    const locked = entries.filter(({ lockKey }) => lockKey).map(({ topic, key }) => `${topic} ${key}`);
    if (locked.length > 0) await query(LOCK_KEYS, [locked]);
    const rows = await query<Appended>(APPEND, [
      this.#options.service,
      entries.map(({ topic }) => topic),
      entries.map(({ key }) => key),
      entries.map(({ event }) => event),
      entries.map(({ version }) => version),
      entries.map(({ json }) => json),
      entries.map(({ traceparent }) => traceparent),
      entries.map(({ id, shared }) => shared?.id ?? id ?? null),
      entries.map(({ shared }) => shared?.dataVersions ?? null),
    ]);
    return rows.map(({ id }) => ({ id }));
  }
}

/** @throws MessagingError APPEND_OUTSIDE_TRANSACTION */
function openQuery(transaction: AppendTransaction, event: string): Query {
  const query = queryIn(transaction);
  if (query !== undefined) return query;
  throw new MessagingError(
    'APPEND_OUTSIDE_TRANSACTION',
    `${event}: append() needs an open transaction: a manager of dataSource.transaction(), a client after BEGIN, or Kysely's trx`,
  );
}

function checkVersions(newer: EventDefinition, older: EventDefinition): void {
  const areVersions = newer.name === older.name && newer.topic.name === older.topic.name;
  if (areVersions && newer.version > older.version) return;
  throw new MessagingError(
    'DEFINITION_INVALID',
    `${newer.name} v${newer.version} and ${older.name} v${older.version} are not a newer and an older version of one event in one topic`,
  );
}

/** `work` gets the ids that go with the event. */
async function inAppendSpan(
  { name, topic }: EventDefinition,
  work: (traceparent: string) => Promise<Appended>,
): Promise<Appended> {
  const attributes = {
    [ATTRIBUTE.system]: 'kafka',
    [ATTRIBUTE.operation]: 'append',
    [ATTRIBUTE.operationType]: 'create',
    [ATTRIBUTE.destination]: topic.name,
    [ATTRIBUTE.eventType]: name,
  };
  return inSpan(`append ${topic.name}`, { kind: SpanKind.PRODUCER, attributes }, async (span) => {
    const { traceparent } = span ? traceContextOf(span.spanContext()) : (currentTrace() ?? continueTrace(undefined));
    const appended = await work(traceparent);
    span?.setAttribute(ATTRIBUTE.messageId, appended.id);
    return appended;
  });
}

function entryOf<Payload>(
  event: EventDefinition<Payload>,
  read: ReadPayload<Payload>,
  options: AppendOptions,
  { traceparent, shared }: Pick<OutboxEntry, 'traceparent'> & Partial<Pick<OutboxEntry, 'shared'>>,
): OutboxEntry {
  if ('problems' in read) throw new MessagingError('PAYLOAD_INVALID', `${event.name}: ${read.problems.join('; ')}`);
  if (options.id !== undefined && !UUID.test(options.id)) {
    throw new MessagingError('EVENT_ID_INVALID', `${event.name}: the id is not a UUID`);
  }
  return {
    topic: event.topic.name,
    key: checkedKey(event, read.payload),
    event: event.name,
    version: event.version,
    shared,
    id: options.id,
    json: checkedJson(event, read.payload),
    traceparent,
    lockKey: options.lockKey === true,
  };
}

function checkedKey<Payload>(event: EventDefinition<Payload>, payload: Payload): string {
  const key = event.key(payload);
  const bytes = Buffer.byteLength(key);
  if (key.includes('\0')) throw new MessagingError('KEY_INVALID', `${event.name}: the key holds a NUL character`);
  if (bytes === 0 || bytes > KEY_BYTES_MAX) {
    throw new MessagingError(
      'KEY_INVALID',
      `${event.name}: the key has ${bytes} bytes; 1 to ${KEY_BYTES_MAX} are allowed`,
    );
  }
  return key;
}

function checkedJson<Payload>(event: EventDefinition<Payload>, payload: Payload): string {
  const json = JSON.stringify(payload);
  const bytes = Buffer.byteLength(json);
  if (bytes > PAYLOAD_BYTES_MAX) {
    throw new MessagingError(
      'PAYLOAD_TOO_LARGE',
      `${event.name}: the payload has ${bytes} bytes; at most ${PAYLOAD_BYTES_MAX} are allowed`,
    );
  }
  return json;
}
