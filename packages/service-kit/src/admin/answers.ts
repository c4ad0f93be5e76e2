/** What the admin listener answers, as JSON, for programs that read it. Times are ISO 8601; 64-bit numbers are text. */
import { z } from 'zod';

const time = z.iso.datetime();
const count = z.int().min(0);

/** To be sent as `?after=` for the next page; null on the last one. */
const next = z.string().nullable();

/** With `?fields=a,b.c`: the first of these that the payload has, as text; of the newest 100 rows. */
const field = z.string().nullable();

const rowReason = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(['rejected', 'behind-rejected']), error: z.string() }),
  z.strictObject({ kind: z.literal('open-transaction'), pids: z.array(z.int()) }),
  z.strictObject({ kind: z.literal('broker-unavailable'), detail: z.string() }),
  z.strictObject({ kind: z.enum(['no-relay', 'next']) }),
]);

const backlog = {
  service: z.string(),
  /** Rows that are not published. */
  waiting: count,
  oldestSeconds: z.number(),
  rejected: count,
  /** How this instance and the broker stand; `since`: when a state other than `connected` began. Null: the service has no relay. */
  relay: z
    .strictObject({
      ready: z.boolean(),
      detail: z.string(),
      state: z.enum(['connected', 'unavailable', 'never-reached', 'rejected', 'off']),
      since: time.nullable(),
      error: z.string().nullable(),
    })
    .nullable(),
};

/** Those that have any: the service's own, and one for each handler with a name. */
const parkedGroups = z.array(z.strictObject({ group: z.string(), records: count }));

/** `GET /admin/summary`: what is to be read every second, without a row. */
export const summaryAnswer = z.strictObject({
  ...backlog,
  parked: parkedGroups,
  /** Open ones, of the groups that have any. */
  deadLetters: z.array(z.strictObject({ group: z.string(), letters: count })),
});

/** `GET /admin/outbox`. */
export const outboxAnswer = z.strictObject({
  ...backlog,
  /** Of the last minute, by all instances. */
  publishedPerSecond: z.number(),
  /** From the append to the broker's confirmation, of the newest 1,000 rows of the last minute; null: there are none. */
  timeToRecordP99Ms: z.number().nullable(),
  shards: z.array(z.strictObject({ shard: z.int(), pid: z.int().nullable(), application: z.string().nullable() })),
  events: z.array(
    z.strictObject({
      topic: z.string(),
      event: z.string(),
      rows: count,
      oldestSeconds: z.number(),
      rejected: count,
    }),
  ),
  /** With `?search=` or `?keys=`: the rows that were looked at, the newest ones; older ones may have the text, too. */
  searched: z.strictObject({ rows: count, since: time.nullable() }).nullable(),
  /** Those that wait, oldest first; with `?eventId=`, `?eventIds=`, `?keys=` or `?search=` also published ones, newest first. */
  rows: z.array(
    z.strictObject({
      seq: z.string(),
      eventId: z.string(),
      event: z.string(),
      version: z.int(),
      topic: z.string(),
      key: z.string(),
      shard: z.int(),
      traceId: z.string().nullable(),
      field,
      createdAt: time,
      publishedAt: time.nullable(),
      partition: z.int().nullable(),
      offset: z.string().nullable(),
      /** Why it waits; null when it is published. */
      reason: rowReason.nullable(),
    }),
  ),
  next,
});

/** Rows that the broker rejects, and those that wait behind its rejection of their topic. */
const rejectedRow = z.strictObject({
  seq: z.string(),
  eventId: z.string(),
  event: z.string(),
  topic: z.string(),
  key: z.string(),
  /** The broker's. */
  error: z.string(),
  createdAt: time,
});

/** `GET /admin/outbox/rejected`. */
export const rejectedAnswer = z.strictObject({ service: z.string(), rows: z.array(rejectedRow), next });

/** `GET /admin/inbox`. */
export const inboxAnswer = z.strictObject({
  service: z.string(),
  /** Of the last hour. */
  counts: z.array(
    z.strictObject({
      group: z.string(),
      handler: z.string(),
      state: z.enum(['done', 'claimed', 'released', 'dead']),
      rows: count,
    }),
  ),
  /** Records that this instance did not handle because they had been handled, since its start. */
  repeats: z.strictObject({
    records: count,
    since: time,
    /** Newest first, at most 20. */
    newest: z.array(
      z.strictObject({
        at: time,
        topic: z.string(),
        partition: z.int(),
        offset: z.string(),
        event: z.string().nullable(),
        eventId: z.string().nullable(),
      }),
    ),
  }),
  /** Of the events of `?eventId=` or `?eventIds=`; without, the claims whose outside effect may have happened. */
  rows: z.array(
    z.strictObject({
      group: z.string(),
      handler: z.string(),
      eventId: z.string(),
      state: z.enum(['done', 'claimed', 'released', 'dead']),
      attempts: count,
      unconfirmed: count,
      inDoubt: z.boolean(),
      topic: z.string(),
      partition: z.int(),
      offset: z.string(),
      createdAt: time,
      doneAt: time.nullable(),
    }),
  ),
  next,
});

/** `GET /admin/parked`. */
export const parkedAnswer = z.strictObject({
  service: z.string(),
  records: count,
  lanes: count,
  oldestAt: time.nullable(),
  nextDueAt: time.nullable(),
  groups: parkedGroups,
  rows: z.array(
    z.strictObject({
      group: z.string(),
      topic: z.string(),
      partition: z.int(),
      offset: z.string(),
      /** Base64. */
      key: z.string().nullable(),
      lane: z.string(),
      eventId: z.string().nullable(),
      event: z.string().nullable(),
      attempts: count,
      error: z.string().nullable(),
      dueAt: time.nullable(),
      parkedAt: time,
      records: count,
      heldBy: z.string().nullable(),
      /** With `?eventId=` or `?eventIds=`: those of them with a record in this lane. */
      eventIds: z.array(z.string()),
    }),
  ),
  next,
});

const reasons = ['undecodable', 'invalid', 'unknown-version', 'permanent', 'exhausted', 'poison', 'expired'] as const;
const states = ['open', 'redriven', 'dropped'] as const;

const counts = z.array(
  z.strictObject({
    group: z.string(),
    event: z.string().nullable(),
    topic: z.string(),
    reason: z.enum(reasons),
    state: z.enum(states),
    letters: count,
  }),
);

const listedLetter = z.strictObject({
  id: z.uuid(),
  group: z.string(),
  topic: z.string(),
  partition: z.int(),
  offset: z.string(),
  lastOffset: z.string().nullable(),
  /** Base64. */
  key: z.string().nullable(),
  valueBytes: count.nullable(),
  eventId: z.string().nullable(),
  event: z.string().nullable(),
  reason: z.enum(reasons),
  error: z.string(),
  attempts: count,
  state: z.enum(states),
  policy: z.enum(['hold', 'skip']),
  redrives: count,
  recordedAt: time,
  createdAt: time,
  resolvedAt: time.nullable(),
  resolvedBy: z.string().nullable(),
});

/** `GET /admin/dead-letters`. */
export const deadLettersAnswer = z.strictObject({
  service: z.string(),
  /** Of all that match, not only of this page. */
  counts,
  rows: z.array(listedLetter),
  next,
});

/** `GET /admin/dead-letters/:id`. */
export const deadLetterAnswer = z.strictObject({
  deadLetter: listedLetter.omit({ valueBytes: true }).extend({
    /** Base64, as the record had them. */
    value: z.string().nullable(),
    headers: z.array(z.tuple([z.string(), z.string()])),
    editedValue: z.string().nullable(),
    /** The failed attempts, newest last; also those before a redrive. */
    history: z.array(z.strictObject({ at: z.iso.datetime(), attempt: count, error: z.string() })),
  }),
  acts: z.array(z.strictObject({ action: z.string(), by: z.string(), at: time, detail: z.unknown() })),
});

/** `GET /admin/audit`. */
export const auditAnswer = z.strictObject({
  rows: z.array(
    z.strictObject({
      about: z.enum(['dead-letter', 'outbox-row']),
      id: z.string(),
      action: z.enum(['redrive', 'drop', 'retry']),
      by: z.string(),
      at: time,
      deadLetterId: z.string().nullable(),
      eventId: z.string().nullable(),
      isEdited: z.boolean(),
    }),
  ),
  next,
});

/** `POST /admin/dead-letters/redrive` and `/drop`. */
export const resolvedAnswer = z.strictObject({
  dryRun: z.boolean(),
  /** Of all open ones that match, of which one act looks at 500. */
  counts,
  /** Ids that are resolved, or would be. */
  resolved: z.array(z.string()),
  /** Redriven too often already; `force` redrives them too. */
  refused: z.array(z.string()),
  /** Whole batches that could not be decoded: they can only be dropped. */
  batches: z.array(z.string()),
  /** What follows for other records; null unless it is a dry run. */
  foreseen: z
    .strictObject({
      /** Letters that hold their keys, and the records that wait behind them. */
      holding: count,
      waiting: count,
      /** Letters that hold nothing: later records of their keys have been handled already. */
      skipping: count,
      /** Letters whose event has been handled meanwhile, by another record of it. */
      alreadyHandled: z.array(z.string()),
    })
    .nullable(),
  /** Further letters match: the same act with this as `after` goes on with them. */
  next,
});

/** `POST /admin/outbox/retry` and `/drop`. */
export const resolvedRowsAnswer = z.strictObject({
  dryRun: z.boolean(),
  /** Those that are retried or dropped, or would be. */
  rows: z.array(rejectedRow),
  /** Further rows match: one act changes at most 500. */
  more: z.boolean(),
});

/** `GET /admin/committed`: for programs that compare by event id what was committed with what came of it. */
export const committedAnswer = z.strictObject({
  rows: z.array(
    z.strictObject({
      seq: z.string(),
      eventId: z.string(),
      event: z.string(),
      topic: z.string(),
      key: z.string(),
      traceId: z.string().nullable(),
      field,
      createdAt: time,
      publishedAt: time.nullable(),
      partition: z.int().nullable(),
      offset: z.string().nullable(),
    }),
  ),
  /** To be sent as `after` next time. Rows of transactions that were open come again. */
  next: z.string(),
  /** With `publishedSince`: where rows were published since then, the oldest first; with `publishedFrom`, of the rows from this `seq` on. */
  published: z.array(
    z.strictObject({ eventId: z.string(), publishedAt: time, partition: z.int(), offset: z.string() }),
  ),
});

/** `GET /admin/unfinished`, of the service's own group unless `group` names another: with the `digest` of the answer before as `known`, the lists are null while they are the same. */
export const unfinishedAnswer = z.strictObject({
  digest: z.string(),
  parked: z.array(z.string()).nullable(),
  dead: z.array(z.string()).nullable(),
  /** There are more than were listed. */
  more: z.boolean(),
});

/** Data of one server-sent event of `GET /admin/events`. */
export const eventsFrame = z.strictObject({
  /**
   * Events that this reader has lost since the frame before, because it did not read in time; null where they cannot be
   * counted, because the service was started again or the reader was not connected for too long.
   */
  dropped: count.nullable(),
  events: z.array(z.looseObject({ name: z.string(), at: time })),
});

/** What every request that fails answers, as `application/problem+json` (RFC 9457). */
export const problemAnswer = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  /** Which sentence `detail` is, and what stands in its gaps: docs/admin.md. */
  code: z.string(),
  params: z.record(z.string(), z.string()),
});

/** Every condition that is given must hold. */
const letterConditions = {
  group: z.string().optional(),
  reason: z.enum(reasons).optional(),
  event: z.string().optional(),
  eventId: z.string().optional(),
  topic: z.string().optional(),
  key: z.string().optional(),
  /** Part of the error's text, in any case. */
  error: z.string().optional(),
  /** When the record was given up: from, and before. */
  from: z.iso.datetime({ offset: true }).optional(),
  before: z.iso.datetime({ offset: true }).optional(),
};

/** Which dead letters an act is about. Every condition that is given must hold. */
export const letterFilter = z.strictObject(letterConditions);

/** Query of `GET /admin/dead-letters`. `resolved`: redriven or dropped. */
export const letterQuery = { ...letterConditions, state: z.enum([...states, 'resolved', 'all']).default('open') };

/** Every condition that is given must hold. */
export const rejectedConditions = {
  event: z.string().optional(),
  topic: z.string().optional(),
  key: z.string().optional(),
};

const act = {
  /** Who is on record as having done it. */
  by: z.string().trim().min(1).max(200),
  /** true reports what would be done and does nothing. */
  dryRun: z.boolean(),
};

/** Body of `POST /admin/dead-letters/redrive` and `/drop`. */
export const resolveBody = z.strictObject({
  ids: z.array(z.uuid()).min(1).max(500).optional(),
  filter: letterFilter.optional(),
  ...act,
  /** `next` of the act before, which goes on with this one. */
  after: z.string().max(2_000).optional(),
});

/** Body of `POST /admin/outbox/retry` and `/drop`. */
export const resolveRowsBody = z.strictObject({
  /** `seq` of rows, or ids of events. */
  ids: z.array(z.string().max(100)).min(1).max(500).optional(),
  filter: z.strictObject(rejectedConditions).optional(),
  ...act,
});

/** Body of `POST /admin/dead-letters/redrive`. */
export const redriveBody = resolveBody.extend({
  /** Also letters that were redriven too often already. */
  force: z.boolean().optional(),
  /** Another value as text, for one letter; the original is kept. */
  edit: z.string().optional(),
});

/** As `summaryAnswer` describes it. */
export type SummaryAnswer = z.output<typeof summaryAnswer>;
/** As `outboxAnswer` describes it. */
export type OutboxAnswer = z.output<typeof outboxAnswer>;
/** As `rejectedAnswer` describes it. */
export type RejectedAnswer = z.output<typeof rejectedAnswer>;
/** As `inboxAnswer` describes it. */
export type InboxAnswer = z.output<typeof inboxAnswer>;
/** As `parkedAnswer` describes it. */
export type ParkedAnswer = z.output<typeof parkedAnswer>;
/** As `deadLettersAnswer` describes it. */
export type DeadLettersAnswer = z.output<typeof deadLettersAnswer>;
/** As `deadLetterAnswer` describes it. */
export type DeadLetterAnswer = z.output<typeof deadLetterAnswer>;
/** As `committedAnswer` describes it. */
export type CommittedAnswer = z.output<typeof committedAnswer>;
/** As `unfinishedAnswer` describes it. */
export type UnfinishedAnswer = z.output<typeof unfinishedAnswer>;
/** As `auditAnswer` describes it. */
export type AuditAnswer = z.output<typeof auditAnswer>;
/** As `resolvedAnswer` describes it. */
export type ResolvedAnswer = z.output<typeof resolvedAnswer>;
/** As `resolvedRowsAnswer` describes it. */
export type ResolvedRowsAnswer = z.output<typeof resolvedRowsAnswer>;
/** As `eventsFrame` describes it. */
export type EventsFrame = z.output<typeof eventsFrame>;
/** As `redriveBody` describes it. */
export type RedriveBody = z.input<typeof redriveBody>;
