import {
  countDeadLetters,
  countInbox,
  countParkedOfGroups,
  countWaitingEvents,
  describeSearchedRows,
  dropDeadLetters,
  dropRejectedRows,
  findActsOfLetter,
  findDeadLetters,
  findInboxRows,
  findRejectedRows,
  findRowsOfKeys,
  findShardHolders,
  foreseeAct,
  inspectRowsOfEvents,
  inspectWaitingRows,
  listActs,
  listCommittedEvents,
  listDeadLetters,
  listParkedLanes,
  listPublishedEvents,
  listUnconfirmedClaims,
  listUnfinishedEvents,
  publishedPerSecond,
  readPayloadFields,
  readTimeToRecordP99Ms,
  queryOf,
  redriveDeadLetters,
  retryRejectedRows,
  searchOutboxRows,
  summarizeParked,
} from '@event-bus/messaging-client';
import type {
  BrokerConnection,
  BrokerHealth,
  DeadLetterFilter,
  LetterPlace,
  OutboxRelay,
  Query,
  RejectedRowFilter,
  Resolved,
  ResolvedRows,
} from '@event-bus/messaging-client';
import type { DataSource } from 'typeorm';
import { z } from 'zod';
import {
  ADMIN_CENSUS_ROWS_MAX,
  ADMIN_EVENTS_ASKED_MAX,
  ADMIN_PAGE_ROWS_DEFAULT,
  ADMIN_PAGE_ROWS_MAX,
  ADMIN_READ_MS_MAX,
} from '../limits.ts';
import { AdminProblem } from './admin-problem.ts';
import { letterQuery, redriveBody, rejectedConditions, resolveBody, resolveRowsBody } from './answers.ts';
import type { RecentRepeats } from './recent-repeats.ts';

const page = {
  limit: z.coerce.number().int().min(1).max(ADMIN_PAGE_ROWS_MAX).default(ADMIN_PAGE_ROWS_DEFAULT),
  after: z.string().max(2_000).optional(),
};

const summaryQuery = z.strictObject({});
const eventQuery = z.strictObject({ ...page, eventId: z.string().max(1_000).optional() });
/** Names or paths of fields, comma separated. */
const fields = z
  .string()
  .max(200)
  .default('')
  .transform((text) => text.split(',').filter((name) => name !== ''));
/** Comma separated, so that a program reads many events at once. */
const several = z
  .string()
  .transform((text) => text.split(',').filter((one) => one !== ''))
  .pipe(z.array(z.string()).min(1).max(ADMIN_EVENTS_ASKED_MAX))
  .optional();
const eventsQuery = eventQuery.extend({ eventIds: several });
const outboxQuery = eventsQuery.extend({ search: z.string().min(3).max(1_000).optional(), keys: several, fields });
const rejectedQuery = eventQuery.extend(rejectedConditions);
const parkedQuery = eventsQuery.extend({ topic: z.string().optional(), key: z.string().optional() });
const lettersQuery = z.strictObject({ ...page, ...letterQuery, eventIds: several });

const seqOf = z.string().regex(/^\d{1,19}$/);

const committedQuery = z.strictObject({
  after: seqOf.optional(),
  publishedSince: z.iso.datetime().optional(),
  publishedFrom: seqOf.optional(),
  fields,
  limit: z.coerce.number().int().min(1).max(ADMIN_CENSUS_ROWS_MAX).default(ADMIN_CENSUS_ROWS_MAX),
});
const unfinishedQuery = z.strictObject({
  known: z.string().max(100).optional(),
  group: z.string().max(255).optional(),
});

const seqPlace = z.tuple([seqOf]);
const inboxPlace = z.tuple([z.string(), z.string(), z.string()]);
const lanePlace = z.tuple([z.string(), z.string(), z.int(), z.hex()]);
const letterPlace = z.tuple([z.uuid()]);
const openLetterPlace = z.tuple([z.string(), z.int(), seqOf, z.uuid()]);
const actPlace = z.tuple([z.string(), z.enum(['dead-letter', 'outbox-row']), z.string().regex(/^\d{1,19}$/)]);

/** A read of a service's own tables; bounded in time like the others. */
export type AdminRead = (query: Query, given: QueryString) => Promise<object>;

export type QueryString = Readonly<Record<string, string>>;

/** Of the outbox, with how this instance and the broker stand. */
interface Backlog {
  readonly service: string;
  readonly waiting: number;
  readonly oldestSeconds: number;
  readonly rejected: number;
  readonly relay: (Pick<BrokerHealth, 'ready' | 'detail'> & BrokerConnection) | null;
}

/** What the listener reads and changes in the tables of this service. Every read is bounded in rows and in time. */
export class AdminTables {
  readonly #service: string;
  readonly #dataSource: DataSource;
  readonly #relay: OutboxRelay | undefined;
  readonly #repeats: RecentRepeats;

  constructor(service: string, dataSource: DataSource, relay: OutboxRelay | undefined, repeats: RecentRepeats) {
    this.#service = service;
    this.#dataSource = dataSource;
    this.#relay = relay;
    this.#repeats = repeats;
  }

  async summary(given: QueryString): Promise<object> {
    check(summaryQuery, given);
    return this.#read(async (query) => {
      const parked = await countParkedOfGroups(query);
      const counts = await countDeadLetters(query, { service: this.#service, state: 'open' });
      const deadLetters = [...Map.groupBy(counts, ({ group }) => group)].map(([group, those]) => ({
        group,
        letters: sum(those.map(({ letters }) => letters)),
      }));
      return { ...this.#backlogOf(await countWaitingEvents(query)), parked, deadLetters };
    });
  }

  async outbox(given: QueryString): Promise<object> {
    const { limit, after, search, keys, fields: wanted, ...asked } = check(outboxQuery, given);
    const [seq] = placeOf(seqPlace, after) ?? [];
    const eventIds = eventIdsOf(asked);
    return this.#read(async (query) => {
      const events = await countWaitingEvents(query);
      const rows = await (eventIds !== undefined
        ? inspectRowsOfEvents(query, eventIds)
        : search !== undefined
          ? searchOutboxRows(query, search, limit)
          : keys !== undefined
            ? findRowsOfKeys(query, keys, limit)
            : inspectWaitingRows(query, limit, seq));
      const isPaged = eventIds === undefined && search === undefined && keys === undefined;
      const backlog = this.#backlogOf(events);
      const { state = 'off', detail } = backlog.relay ?? {};
      const isBrokerAway = state === 'unavailable' || state === 'never-reached';
      return {
        ...backlog,
        publishedPerSecond: await publishedPerSecond(query),
        timeToRecordP99Ms: await readTimeToRecordP99Ms(query),
        shards: await findShardHolders(query),
        events,
        searched: search === undefined && keys === undefined ? null : await describeSearchedRows(query),
        rows: (await withFields(query, rows, wanted)).map((row) =>
          (row.reason?.kind === 'next' || row.reason?.kind === 'no-relay') && isBrokerAway
            ? { ...row, reason: { kind: 'broker-unavailable', detail } }
            : row,
        ),
        next: isPaged ? nextOf(rows, limit, (row) => [row.seq]) : null,
      };
    });
  }

  async rejected(given: QueryString): Promise<object> {
    const { limit, after, eventId, ...conditions } = check(rejectedQuery, given);
    const [seq] = placeOf(seqPlace, after) ?? [];
    const filter = { ...givenOf(conditions), ...(eventId !== undefined && { ids: [eventId] }) };
    return this.#read(async (query) => {
      const rows = await findRejectedRows(query, filter, limit, seq);
      return { service: this.#service, rows, next: nextOf(rows, limit, (row) => [row.seq]) };
    });
  }

  async inbox(given: QueryString): Promise<object> {
    const { limit, after, ...asked } = check(eventsQuery, given);
    const eventIds = eventIdsOf(asked);
    const [handler, lastId, lastGroup] = placeOf(inboxPlace, after) ?? [];
    const last = handler === undefined ? undefined : { handler, eventId: lastId!, group: lastGroup! };
    return this.#read(async (query) => {
      const counts = await countInbox(query, this.#service);
      const rows =
        eventIds === undefined
          ? await listUnconfirmedClaims(query, this.#service, limit, last)
          : await findInboxRows(query, this.#service, eventIds, limit);
      return {
        service: this.#service,
        counts,
        repeats: this.#repeats.read(),
        rows,
        next: eventIds === undefined ? nextOf(rows, limit, (row) => [row.handler, row.eventId, row.group]) : null,
      };
    });
  }

  async parked(given: QueryString): Promise<object> {
    const { limit, after, topic: ofTopic, key, ...asked } = check(parkedQuery, given);
    const filter = { topic: ofTopic, key, eventIds: eventIdsOf(asked) };
    const [group, topic, partition, lane] = placeOf(lanePlace, after) ?? [];
    const last = group === undefined ? undefined : { group, topic: topic!, partition: partition!, lane: lane! };
    return this.#read(async (query) => {
      const summary = await summarizeParked(query);
      const rows = await listParkedLanes(query, filter, limit, last);
      return {
        service: this.#service,
        ...summary,
        rows: rows.map((row) => ({ ...row, key: row.key?.toString('base64') ?? null })),
        next: nextOf(rows, limit, (row) => [row.group, row.topic, row.partition, row.lane]),
      };
    });
  }

  async deadLetters(given: QueryString): Promise<object> {
    const { limit, after, state, eventIds, ...conditions } = check(lettersQuery, given);
    const [id] = placeOf(letterPlace, after) ?? [];
    const filter = {
      ...this.#filterOf(conditions),
      ...(eventIds !== undefined && { eventIds }),
      ...(state !== 'all' && { state }),
    };
    return this.#read(async (query) => {
      const counts = await countDeadLetters(query, filter);
      const rows = await listDeadLetters(query, filter, limit, id);
      return { service: this.#service, counts, rows, next: nextOf(rows, limit, (row) => [row.id]) };
    });
  }

  async deadLetter(id: string): Promise<object> {
    if (!z.uuid().safeParse(id).success) throw noLetter(id);
    return this.#read(async (query) => {
      const [deadLetter] = await findDeadLetters(query, { ids: [id], service: this.#service }, 1);
      if (deadLetter === undefined) throw noLetter(id);
      return { deadLetter, acts: await findActsOfLetter(query, id) };
    });
  }

  async audit(given: QueryString): Promise<object> {
    const { limit, after, eventId } = check(eventQuery, given);
    const [at, about, id] = placeOf(actPlace, after) ?? [];
    const last = at === undefined ? undefined : { at, about: about!, id: id! };
    return this.#read(async (query) => {
      const rows = await listActs(query, eventId, limit, last);
      return { rows, next: nextOf(rows, limit, (row) => [row.at, row.about, row.id]) };
    });
  }

  async committed(given: QueryString): Promise<object> {
    const { after, publishedSince, publishedFrom, limit, fields: wanted } = check(committedQuery, given);
    return this.#read(async (query) => {
      const { rows, next } = await listCommittedEvents(query, after, limit);
      return {
        rows: await withFields(query, rows, wanted),
        next,
        published:
          publishedSince === undefined
            ? []
            : await listPublishedEvents(query, new Date(publishedSince), ADMIN_CENSUS_ROWS_MAX, publishedFrom),
      };
    });
  }

  async unfinished(given: QueryString): Promise<object> {
    const { known, group = this.#service } = check(unfinishedQuery, given);
    return this.#read(async (query) => {
      const found = await listUnfinishedEvents(query, group, ADMIN_CENSUS_ROWS_MAX, known);
      return found ?? { digest: known!, parked: null, dead: null, more: false };
    });
  }

  /** What a service adds to the reads of its own tables. */
  async own(read: AdminRead, given: QueryString): Promise<object> {
    return this.#read(async (query) => read(query, given));
  }

  async redrive(body: unknown): Promise<object> {
    const { by, dryRun, after, force, edit, ...selection } = check(redriveBody, body);
    const filter = this.#selected(selection);
    if (edit !== undefined && selection.ids?.length !== 1) {
      throw new AdminProblem(400, 'edit-of-many', 'edit is for one dead letter: give its id.');
    }
    return this.#resolveLetters(dryRun, filter, async (query) =>
      redriveDeadLetters(query, filter, {
        by,
        dryRun,
        ...placeToGoOn(after),
        ...(force !== undefined && { force }),
        ...(edit !== undefined && { edit: Buffer.from(edit) }),
      }),
    );
  }

  async drop(body: unknown): Promise<object> {
    const { by, dryRun, after, ...selection } = check(resolveBody, body);
    const filter = this.#selected(selection);
    return this.#resolveLetters(dryRun, filter, async (query) =>
      dropDeadLetters(query, filter, { by, dryRun, ...placeToGoOn(after) }),
    );
  }

  async retryRejected(body: unknown): Promise<object> {
    return this.#resolveRejected(body, retryRejectedRows);
  }

  async dropRejected(body: unknown): Promise<object> {
    return this.#resolveRejected(body, dropRejectedRows);
  }

  #selected({ ids, filter = {} }: Pick<z.output<typeof resolveBody>, 'ids' | 'filter'>): DeadLetterFilter {
    requireOne(ids, filter);
    return { ...(ids === undefined ? this.#filterOf(filter) : { service: this.#service, ids }), state: 'open' };
  }

  #filterOf({
    from,
    before,
    ...conditions
  }: z.output<z.ZodObject<Omit<typeof letterQuery, 'state'>>>): DeadLetterFilter {
    return {
      ...givenOf(conditions),
      service: this.#service,
      ...(from !== undefined && { from: new Date(from) }),
      ...(before !== undefined && { before: new Date(before) }),
    };
  }

  async #resolveLetters(
    dryRun: boolean,
    filter: DeadLetterFilter,
    act: (query: Query) => Promise<Resolved>,
  ): Promise<object> {
    return this.#dataSource.transaction(async (manager) => {
      const query = queryOf(manager);
      const counts = await countDeadLetters(query, filter);
      const { next, ...resolved } = await act(query);
      return {
        dryRun,
        counts,
        ...resolved,
        foreseen: dryRun ? await foreseeAct(query, resolved.resolved) : null,
        next: next === undefined ? null : encode([next.topic, next.partition, next.offset, next.id]),
      };
    });
  }

  async #resolveRejected(body: unknown, act: typeof retryRejectedRows): Promise<object> {
    const { by, dryRun, ids, filter = {} } = check(resolveRowsBody, body);
    requireOne(ids, filter);
    const selected: RejectedRowFilter = ids === undefined ? givenOf(filter) : { ids };
    return this.#dataSource.transaction(async (manager) => {
      const { rows, more }: ResolvedRows = await act(queryOf(manager), selected, { by, dryRun });
      return { dryRun, rows, more };
    });
  }

  #backlogOf(events: Awaited<ReturnType<typeof countWaitingEvents>>): Backlog {
    const health = this.#relay?.health();
    return {
      service: this.#service,
      waiting: sum(events.map((one) => one.rows)),
      oldestSeconds: Math.max(0, ...events.map((one) => one.oldestSeconds)),
      rejected: sum(events.map((one) => one.rejected)),
      relay: health === undefined ? null : { ready: health.ready, detail: health.detail, ...this.#relay!.connection() },
    };
  }

  async #read(read: (query: Query) => Promise<object>): Promise<object> {
    return this.#dataSource.transaction(async (manager) => {
      const query = queryOf(manager);
      await query('SET TRANSACTION READ ONLY');
      await query(`SET LOCAL statement_timeout = ${ADMIN_READ_MS_MAX}`);
      return read(query);
    });
  }
}

function eventIdsOf(asked: {
  readonly eventId?: string | undefined;
  readonly eventIds?: readonly string[] | undefined;
}): readonly string[] | undefined {
  return asked.eventIds ?? (asked.eventId === undefined ? undefined : [asked.eventId]);
}

/** Each row with the first of the fields that its payload has; of the newest rows, because payloads are large. */
async function withFields<Row extends { readonly eventId: string; readonly seq: string }>(
  query: Query,
  rows: readonly Row[],
  wanted: readonly string[],
): Promise<Array<Row & { readonly field: string | null }>> {
  const newest = rows
    .toSorted((one, other) => Number(BigInt(other.seq) - BigInt(one.seq)))
    .slice(0, ADMIN_PAGE_ROWS_DEFAULT);
  const ids = newest.map(({ eventId }) => eventId);
  const found = wanted.length === 0 ? undefined : await readPayloadFields(query, ids, wanted);
  return rows.map((row) => ({ ...row, field: found?.get(row.eventId) ?? null }));
}

/** One of both, and a filter with a condition: a forgotten one must not select everything. */
function requireOne(ids: readonly string[] | undefined, filter: object): void {
  if ((ids === undefined) !== Object.keys(filter).length > 0) {
    throw new AdminProblem(400, 'selection-wrong', 'Give either ids, or a filter with at least one condition.');
  }
}

type Given<Conditions> = { [Name in keyof Conditions]?: Exclude<Conditions[Name], undefined> };

/** Without those that were not given. */
function givenOf<Conditions extends object>(conditions: Conditions): Given<Conditions> {
  return Object.fromEntries(Object.entries(conditions).filter(([, value]) => value !== undefined)) as Given<Conditions>;
}

/** Where the act before ended, as its `next` named it. */
function placeToGoOn(after: string | undefined): { after?: LetterPlace } {
  const [topic, partition, offset, id] = placeOf(openLetterPlace, after) ?? [];
  return topic === undefined ? {} : { after: { topic, partition: partition!, offset: offset!, id: id! } };
}

function noLetter(id: string): AdminProblem {
  return new AdminProblem(404, 'dead-letter-unknown', `There is no dead letter ${id} of this service.`, { id });
}

function check<Schema extends z.ZodType>(schema: Schema, given: unknown): z.output<Schema> {
  const read = schema.safeParse(given);
  // What the schema refuses may be nested without end.
  const unstorable = read.success ? fieldsWithNul(given) : [];
  if (read.success && unstorable.length === 0) return read.data;
  const problems = [
    ...unstorable.map((field) => ({ field, message: 'contains a NUL character, which PostgreSQL does not store' })),
    ...(read.error?.issues ?? []).map(({ path, message }) => ({ field: path.join('.') || '(all)', message })),
  ];
  const detail = problems.map(({ field, message }) => `${field}: ${message}`).join('; ');
  const fields = problems.map(({ field }) => field).join(', ');
  throw new AdminProblem(400, 'invalid-request', detail, { fields });
}

/** Those below `path` whose text has one, such as `filter.error`. */
function fieldsWithNul(given: unknown, path = ''): string[] {
  if (typeof given === 'string') return given.includes('\0') ? [path] : [];
  return Object.entries(given ?? {}).flatMap(([name, value]) =>
    fieldsWithNul(value, path === '' ? name : `${path}.${name}`),
  );
}

/** Where the page before ended, as `next` named it. */
function placeOf<Schema extends z.ZodType>(schema: Schema, after: string | undefined): z.output<Schema> | undefined {
  if (after === undefined) return undefined;
  try {
    const place = schema.parse(JSON.parse(Buffer.from(after, 'base64url').toString()));
    if (fieldsWithNul(place).length === 0) return place;
  } catch {
    // Said below.
  }
  throw new AdminProblem(400, 'after-wrong', 'after must be the `next` of the page before.');
}

function nextOf<Row>(rows: readonly Row[], limit: number, place: (row: Row) => unknown[]): string | null {
  const last = rows.at(-1);
  return rows.length < limit || last === undefined ? null : encode(place(last));
}

function encode(place: unknown[]): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
