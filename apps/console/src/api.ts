/**
 * What the console's server answers and its page shows. Types only: the page imports this file and no code of the server.
 * Times are ISO 8601; offsets and other 64-bit numbers are text; durations are milliseconds or seconds as their names say.
 */
import type {
  AuditAnswer,
  DeadLetterAnswer,
  DeadLettersAnswer,
  InboxAnswer,
  OutboxAnswer,
  ParkedAnswer,
  RejectedAnswer,
  ResolvedAnswer,
  ResolvedRowsAnswer,
} from '@event-bus/service-kit/admin';
import type { z } from 'zod';
import type { labResults } from './lab-results-schema.ts';

export type {
  AuditAnswer,
  DeadLetterAnswer,
  DeadLettersAnswer,
  InboxAnswer,
  OutboxAnswer,
  ParkedAnswer,
  RejectedAnswer,
  ResolvedAnswer,
  ResolvedRowsAnswer,
};

/** What stands in the gaps of the server's sentences, by their codes. */
export interface SaidParams {
  /** `reason`: of the connection, such as `ECONNREFUSED`. */
  readonly 'source-unavailable': Params<'source' | 'address' | 'setting' | 'reason'>;
  readonly 'source-unknown': Params<'source' | 'setting'>;
  /** `answer`: the source's own sentence, in English; so in the codes below. With a `refusal`, the page says that instead. */
  readonly 'source-refuses': Params<'source' | 'answer'>;
  readonly 'admin-token-wrong': Params<'source'>;
  readonly 'other-version': Params<'source'>;
  readonly 'topic-unknown': Params<'topic'>;
  readonly 'group-unknown': Params<'group'>;
  readonly 'topic-deleted': NoParams;
  readonly 'record-deleted': NoParams;
  readonly 'group-deleted': NoParams;
  readonly 'topic-not-allowed': NoParams;
  readonly 'group-not-allowed': NoParams;
  readonly 'settings-not-allowed': NoParams;
  readonly 'partition-unknown': Params<'topic' | 'partition' | 'last'>;
  readonly 'partition-empty': Params<'place'>;
  readonly 'offset-unknown': Params<'place' | 'offset' | 'first' | 'last'>;
  readonly 'offset-without-record': Params<'place'>;
  readonly 'filter-wrong': Params<'condition' | 'fields'>;
  readonly 'after-wrong': NoParams;
  readonly 'request-wrong': Params<'answer'>;
  readonly 'no-dry-run': Params<'act' | 'minutes'>;
  readonly 'edit-wrong': Params<'event' | 'answer'>;
  readonly 'edit-not-json': Params<'answer'>;
  readonly 'edit-of-many': NoParams;
  /** `silent`: sources that do not answer, comma separated; may be empty. */
  readonly 'event-unknown': Params<'eventId' | 'silent'>;
  readonly 'event-lost': Params<'eventId'>;
  readonly 'event-dropped': Params<'eventId' | 'by' | 'service'>;
  readonly 'mail-unknown': Params<'id'>;
  readonly 'contract-unknown': Params<'event' | 'known'>;
  readonly 'member-unknown': Params<'memberId'>;
  readonly 'item-unknown': Params<'sku' | 'known'>;
  readonly 'fault-unknown': Params<'fault'>;
  readonly 'supervisor-unavailable': Params<'address' | 'reason'>;
  readonly 'supervisor-refuses': Params<'answer'>;
  readonly 'lab-unreadable': Params<'file' | 'reason'>;
  readonly 'too-many-tabs': Params<'tabs'>;
  readonly 'token-missing': NoParams;
  readonly 'console-fails': NoParams;
}

/** What a sentence of the server says, for a page in another language: the code and what stands in its gaps. */
export type Said = {
  [Code in keyof SaidParams]: { readonly code: Code; readonly params: SaidParams[Code]; readonly refusal?: Refusal };
}[keyof SaidParams];

/** What a sentence of a service says, by its code of docs/admin.md, docs/health.md or docs/problems.md. A service of an earlier version sends none. */
export interface Refusal {
  readonly code: string;
  readonly params: Readonly<Record<string, string>>;
}

type NoParams = Readonly<Record<string, never>>;
type Params<Name extends string> = Readonly<Record<Name, string>>;

/** Why a source has no fresh answer, with what an operator looks at: its address, and the setting that names it. */
export interface SourceProblem {
  readonly source: string;
  readonly address: string;
  readonly setting: string;
  readonly detail: string;
  /** The same as `detail`. */
  readonly said: Said;
  readonly since: string;
}

/** An answer of one source, with the time of its own. While the source is unavailable: its last value and the problem. */
export interface Sourced<Value> {
  readonly value: Value | null;
  /** When `value` was read; null if it never was. */
  readonly at: string | null;
  readonly problem: SourceProblem | null;
}

/** RFC 9457. Every answer of 400 and above. `detail` says what is wrong, `next` what to do about it. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly next?: string;
  /** The same as `detail`. Every answer of the console has it; a proxy's has not. */
  readonly said?: Said;
}

// GET /api/stream: server-sent events. `frame` and, when one has changed, `journeys` once a second; `pulses` at most five times.
// A frame has at most 2 KB, and 1.2 KB for each service; no other event is longer than 8 KB.

export interface Frame {
  readonly at: string;
  readonly scoreboard: Scoreboard;
  readonly map: LiveMap;
  /** Open dead letters of all groups: the badge at Failures. */
  readonly deadLetters: number | null;
  /** Events that this page has lost, because it did not read in time. */
  readonly dropped: number;
}

/** The newest journeys. Several events follow one another when one would be too long. */
export interface NewestJourneys {
  /** At most 20, newest first. */
  readonly ids: readonly string[];
  /** Those that this page does not have yet as they are now. */
  readonly changed: readonly JourneySummary[];
}

/** Records and mails that moved since the frame before: at most 60, sampled. */
export interface Pulses {
  readonly pulses: ReadonlyArray<{ readonly edge: string; readonly topic: string; readonly partition: number | null }>;
}

export type Verdict = 'balanced' | 'missing' | 'double' | 'unknown';

export interface Scoreboard {
  readonly at: string;
  readonly verdict: Verdict;
  /** Committed events that owe a mail. Null: its source does not answer. Each term is counted at its own source. */
  readonly accepted: number | null;
  readonly mailed: number | null;
  readonly inFlight: number | null;
  readonly parked: number | null;
  readonly dead: number | null;
  /** A share of `mailed`. */
  readonly ambiguous: number | null;
  /** With `missing` and `double`: the event ids; a frame has the first three. */
  readonly events: ReadonlyArray<{ readonly eventId: string; readonly event: string }>;
  /** How many of them there are. */
  readonly wrong: number;
  readonly problems: readonly SourceProblem[];
}

/** GET /api/map, and in every frame. */
export interface LiveMap {
  /** `kind`: null until the broker has answered once. */
  readonly broker: { readonly kind: 'log-broker' | 'kafka' | null; readonly address: string };
  readonly parts: ReadonlyArray<{
    readonly name: string;
    readonly state: 'ready' | 'not-ready' | 'unavailable';
    /** Why it does not answer, such as `ECONNREFUSED`; null when it does. */
    readonly reason: string | null;
    /** Of a service that is `not-ready`: why. */
    readonly failed: readonly FailedCheck[];
    readonly since: string | null;
    /** Of a service whose relay has no connection to the broker. Null: it has one, or nothing is known of it. */
    readonly relay: RelayTrouble | null;
  }>;
  readonly publishers: ReadonlyArray<{
    readonly service: string;
    /** e.g. `POST /members`, or the event that it publishes. */
    readonly entry: string;
    readonly waiting: number | null;
    readonly oldestSeconds: number | null;
  }>;
  readonly topics: ReadonlyArray<{
    readonly topic: string;
    readonly events: readonly string[];
    readonly records: string | null;
    readonly partitions: number;
    /** Those in which a group of a service has lag. */
    readonly lagging: readonly number[];
  }>;
  readonly groups: ReadonlyArray<{
    readonly group: string;
    readonly state: string | null;
    readonly members: number | null;
    readonly lag: number | null;
    readonly lagSeconds: number | null;
    readonly parked: number | null;
    readonly dead: number | null;
    /** The most lag of each 15 s in the last 5 min, oldest first. */
    readonly trend: readonly number[];
  }>;
  readonly mail: {
    /** As mail-service knows it; `unknown` until it has connected once, and while mail-service does not answer. */
    readonly state: 'ready' | 'not-ready' | 'unknown';
    readonly lastAnswer: string | null;
    readonly perSecond: number;
    readonly p50Ms: number | null;
    readonly p99Ms: number | null;
  };
  /**
   * `id` is `publish:service>topic`, `consume:topic>group` or `deliver:group` (a service, a topic and a group may share a name).
   * Records a second of the last 5 s; null: not known.
   */
  readonly edges: ReadonlyArray<{ readonly id: string; readonly perSecond: number | null }>;
}

/** A check of `GET /health/ready` that does not pass. */
export interface FailedCheck {
  readonly check: string;
  /** Why, by the code of docs/health.md; or the service's own sentence, of one of an earlier version. */
  readonly why: Refusal | string;
}

/** A relay publishes nothing in these states. */
export interface RelayTrouble {
  readonly state: 'unavailable' | 'never-reached' | 'rejected';
  readonly since: string;
}

// Journeys

/** `unknown`: no source that answers has it, and not all do. */
export type JourneyState =
  | 'mailed'
  | 'in-flight'
  | 'parked'
  | 'dead'
  | 'ambiguous'
  | 'published'
  | 'missing'
  | 'unknown';

export interface JourneySummary {
  readonly eventId: string;
  readonly event: string;
  readonly at: string;
  /** The recipient's address, or what the event is about. */
  readonly about: string;
  readonly state: JourneyState;
  /** From the request to the mail, or until now. Null: it has ended, and when is not known; or whether it has is not. */
  readonly totalMs: number | null;
  readonly dueAt: string | null;
  readonly path: {
    readonly status: number | null;
    readonly seq: string | null;
    readonly record: string | null;
    readonly attempts: number;
    readonly smtp: string | null;
  };
  readonly stages: ReadonlyArray<{ readonly kind: StageKind; readonly ms: number }>;
}

export type StageKind = 'http' | 'outbox' | 'record' | 'group' | 'parked' | 'smtp' | 'email-event';

/** GET /api/journeys?q=: without `q` the newest. */
export interface JourneySearch {
  readonly query: string;
  readonly journeys: readonly JourneySummary[];
  /** What was looked into, in order: `ledger of mail-service`, `outbox of member-service` … */
  readonly searched: readonly string[];
  /** The same, for a page in another language. */
  readonly places: ReadonlyArray<{ readonly kind: 'ledger' | 'outbox' | 'dead-letters'; readonly service: string }>;
  readonly problems: readonly SourceProblem[];
}

/** GET /api/journeys/:eventId */
export interface Journey extends JourneySummary {
  readonly service: string;
  readonly key: string;
  readonly traceId: string | null;
  readonly version: number;
  readonly timeline: readonly Stage[];
  /** `mails`: the attempts of this group are those to send `mail`. */
  readonly groups: ReadonlyArray<{
    readonly group: string;
    readonly mails: boolean;
    readonly attempts: readonly Attempt[];
  }>;
  readonly mail: MailSummary | null;
  readonly deadLetterId: string | null;
  /** Why it is still in the outbox; null when it is not. */
  readonly waits: OutboxAnswer['rows'][number]['reason'];
  /** `email.sent` and others that this event caused, and the event that caused it. */
  readonly causes: ReadonlyArray<{
    readonly eventId: string;
    readonly event: string;
    readonly direction: 'caused-by' | 'caused';
  }>;
  /** Attempts before this time were not seen: the console has run since then. Null: all were. */
  readonly notSeenBefore: string | null;
  readonly problems: readonly SourceProblem[];
}

export interface Stage {
  readonly id: string;
  readonly kind: StageKind;
  /** e.g. `POST /members → 201`, `seq 2021 · shard 7`, `member/5@988`, `421 4.3.2 Service shutting down`. */
  readonly label: string;
  readonly group: string | null;
  readonly startedAt: string | null;
  /** Null: still open. */
  readonly endedAt: string | null;
  readonly outcome: 'done' | 'open' | 'failed' | 'waiting' | 'dead' | 'not-kept';
  /** Inside the stage: failed attempts and waits, from its start. */
  readonly marks: ReadonlyArray<{
    readonly at: string;
    readonly kind: 'failed' | 'due' | 'redriven';
    readonly text: string;
  }>;
}

export interface Attempt {
  readonly attempt: number;
  readonly at: string;
  readonly outcome: 'handled' | 'repeated' | 'retry' | 'parked' | 'dead' | 'ambiguous';
  /** Of which record, e.g. `member/5@990`: that of a repeat may be another one than the journey's. Null: not known. */
  readonly record: string | null;
  readonly error: string | null;
  readonly durationMs: number | null;
  /** Until the next attempt. */
  readonly nextInMs: number | null;
}

// Topics. GET /api/topics, GET /api/topics/:topic

export interface TopicSummary {
  readonly topic: string;
  readonly kind: 'events' | 'dead-letters' | 'internal' | 'other';
  readonly events: readonly string[];
  readonly partitions: number;
  readonly records: string;
  readonly groups: readonly string[];
}

export interface TopicList {
  readonly topics: readonly TopicSummary[];
  /** How many more the broker has than are read. */
  readonly left: number;
}

export interface Topic extends TopicSummary {
  readonly at: string;
  readonly keyField: string | null;
  /** Null: they could not be read, for the reason in `settingsProblem`. */
  readonly settings: Readonly<Record<string, string>> | null;
  readonly settingsProblem: Said | null;
  readonly perPartition: ReadonlyArray<{
    readonly partition: number;
    readonly first: string;
    readonly next: string;
    /** Of the topic's records, 0 to 1. */
    readonly share: number;
    readonly groups: ReadonlyArray<{
      readonly group: string;
      readonly committed: string | null;
      readonly lag: number;
      readonly lagSeconds: number | null;
      readonly trend: readonly number[];
    }>;
  }>;
}

/** GET /api/topics/:topic/records?filter=&after=: the newest 100, newest first, or what came after `after`. */
export interface Tail {
  readonly records: readonly RecordSummary[];
  /** To be sent as `after`. */
  readonly next: string;
}

export interface RecordSummary {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly at: string;
  readonly eventId: string | null;
  readonly event: string | null;
  /** As text, or hex if it is not UTF-8. */
  readonly key: string | null;
  /** JSON in one line without the key's field, cut at 300 characters; or the number of bytes. */
  readonly value: string;
}

/** GET /api/topics/:topic/:partition/:offset */
export interface RecordDetail extends RecordSummary {
  readonly headers: ReadonlyArray<{ readonly name: string; readonly value: string }>;
  /** Whole, as text; null if it is not UTF-8. */
  readonly text: string | null;
  readonly hex: string;
  readonly bytes: number;
  readonly previous: string | null;
  readonly next: string | null;
}

// Consumer groups. GET /api/groups, GET /api/groups/:group

export interface GroupSummary {
  readonly group: string;
  /** `Unknown` where the members are. */
  readonly state: string;
  /** Null: the group uses the newer protocol (KIP-848), and requests of the classic one do not list its members. */
  readonly members: number | null;
  readonly lag: number;
  readonly lagSeconds: number | null;
  readonly trend: readonly number[];
  readonly inFlight: number | null;
  readonly parked: number | null;
  readonly dead: number | null;
  readonly topics: readonly string[];
}

export interface GroupList {
  readonly groups: readonly GroupSummary[];
  /** How many more the broker has than are read. */
  readonly left: number;
}

export interface Group extends GroupSummary {
  readonly memberList: ReadonlyArray<{
    readonly memberId: string;
    readonly clientId: string;
    readonly host: string;
    readonly partitions: ReadonlyArray<{ readonly topic: string; readonly partition: number }>;
    readonly since: string | null;
  }>;
  readonly partitions: ReadonlyArray<{
    readonly topic: string;
    readonly partition: number;
    readonly memberId: string | null;
    readonly committed: string | null;
    readonly end: string;
    readonly lag: number;
    readonly lagSeconds: number | null;
    readonly trend: readonly number[];
  }>;
  /** Seen by the console, newest first. */
  readonly rebalances: ReadonlyArray<{
    readonly at: string;
    readonly from: string;
    readonly to: string;
    readonly members: number | null;
  }>;
}

// Outbox and inbox. GET /api/outbox, GET /api/outbox/:service?after=

export interface OutboxAndInbox {
  readonly services: ReadonlyArray<{
    readonly service: string;
    readonly outbox: Sourced<OutboxAnswer>;
    /** Of the relay; null: it has its connection, or nothing is known of it. */
    readonly relay: RelayTrouble | null;
    readonly inbox: Sourced<InboxAnswer>;
    /** Open dead letters of its groups, as on the live map. Null: they have never been read. */
    readonly dead: number | null;
  }>;
}

/** GET /api/outbox/rejected?service=&event=&topic=&key=&eventId=&after=: rows that the broker rejects. */
export interface RejectedRows {
  readonly services: ReadonlyArray<{ readonly service: string; readonly rejected: Sourced<RejectedAnswer> }>;
}

/** POST /api/outbox/rejected/retry|drop: first a dry run, then its token, as with dead letters. `ids`: of events, or `seq`. */
export type RowActBody =
  | {
      readonly dryRun: true;
      readonly service: string;
      readonly ids?: readonly string[];
      readonly filter?: Readonly<Partial<Record<'event' | 'topic' | 'key', string>>>;
    }
  | { readonly dryRun: false; readonly token: string; readonly by: string };

export interface RowActResult {
  readonly service: string;
  readonly result: ResolvedRowsAnswer;
  /** Of a dry run: for the act. Of a drop: for the next 500, null when there are none. */
  readonly token: string | null;
  readonly expiresAt: string | null;
}

// Failures. GET /api/failures/parked|dead|resolved|audit, with the filters of the admin endpoints and `service`;
// POST /api/failures/redrive|drop

/** GET /api/failures/counts. Of all services: null while one of them does not answer. */
export interface FailureCounts {
  readonly parked: number | null;
  readonly dead: number | null;
  readonly resolved: number | null;
  readonly problems: readonly SourceProblem[];
}

export interface ParkedList {
  readonly counts: FailureCounts;
  readonly services: ReadonlyArray<{ readonly service: string; readonly parked: Sourced<ParkedAnswer> }>;
}

export interface DeadLetterRow {
  readonly service: string;
  readonly id: string;
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly eventId: string | null;
  readonly event: string | null;
  readonly reason: string;
  readonly error: string;
  readonly attempts: number;
  readonly redrives: number;
  /** Records of its key that wait behind it (`hold`). */
  readonly waiting: number;
  readonly state: 'open' | 'redriven' | 'dropped';
  readonly createdAt: string;
}

/** Pages of 500; the page asks on until `next` is null, at most 10,000 rows. */
export interface DeadLetterList {
  readonly counts: FailureCounts;
  readonly rows: readonly DeadLetterRow[];
  readonly next: string | null;
  readonly problems: readonly SourceProblem[];
}

/** GET /api/failures/dead/:service/:id */
export interface DeadLetterDetail {
  readonly service: string;
  readonly answer: DeadLetterAnswer;
  /** What a redrive of it would mean for other records; null when it is resolved. */
  readonly foreseen: ResolvedAnswer['foreseen'];
  readonly redrivesMax: number;
  /** JSON Schema of the payload, for the editor; null if the event is not known. */
  readonly schema: object | null;
}

/** Conditions as of the admin endpoints; every one that is given must hold. */
export type LetterFilter = Readonly<
  Partial<Record<'group' | 'reason' | 'event' | 'eventId' | 'topic' | 'key' | 'error' | 'from' | 'before', string>>
>;

/** First a dry run; its answer has the token that the act needs. A token acts once: sent again, the same answer comes. */
export type ActBody =
  | {
      readonly dryRun: true;
      readonly service: string;
      readonly ids?: readonly string[];
      readonly filter?: LetterFilter;
      readonly force?: boolean;
      /** Another value, for one letter. */
      readonly edit?: string;
    }
  | { readonly dryRun: false; readonly token: string; readonly by: string };

export interface ActResult {
  readonly service: string;
  readonly result: ResolvedAnswer;
  /** Of a dry run: for the act. Of an act: for the next 500, null when there are none. */
  readonly token: string | null;
  readonly expiresAt: string | null;
}

export interface AuditList {
  readonly services: ReadonlyArray<{ readonly service: string; readonly audit: Sourced<AuditAnswer> }>;
}

// Mails. GET /api/mails?status=&to=&after=, GET /api/mails/:id

export type MailStatus = 'claimed' | 'accepted' | 'rejected' | 'ambiguous' | 'waiting';

export interface MailSummary {
  readonly id: string;
  readonly eventId: string;
  readonly to: string;
  readonly subject: string;
  readonly status: MailStatus;
  readonly answer: string | null;
  readonly attempts: number;
  readonly at: string;
  readonly messageId: string | null;
}

export interface MailList {
  readonly rows: readonly MailSummary[];
  readonly next: string | null;
  readonly problems: readonly SourceProblem[];
}

export interface MailDetail extends MailSummary {
  /** Null: the body is not kept here (no MailDev, or it has been deleted there). */
  readonly body: {
    readonly html: string | null;
    readonly text: string | null;
    readonly headers: ReadonlyArray<{ readonly name: string; readonly value: string }>;
    /** The mail in MailDev's own page. */
    readonly address: string;
  } | null;
}

// Contracts. GET /api/contracts, GET /api/contracts/:event

export interface ContractSummary {
  readonly event: string;
  readonly topic: string;
  readonly versions: readonly number[];
  readonly kind: 'fact' | 'command';
  readonly description: string;
}

export interface Contract extends ContractSummary {
  readonly keyField: string;
  readonly partitions: number;
  readonly publishedBy: readonly string[];
  /** Consumer groups: a service's, and those of its handlers with a name. */
  readonly consumedBy: readonly string[];
  readonly records: string | null;
  readonly perVersion: ReadonlyArray<{
    readonly version: number;
    readonly fields: ReadonlyArray<{
      readonly name: string;
      readonly type: string;
      readonly rules: readonly FieldRule[];
      /** The author's own, as the contract has it. */
      readonly description: string | null;
      readonly isRequired: boolean;
      readonly isKey: boolean;
    }>;
    readonly schema: object;
    readonly example: object;
    readonly understoodBy: readonly string[];
    readonly lastRecordAt: string | null;
  }>;
  readonly sourceFile: string;
  readonly links: ReadonlyArray<{ readonly label: string; readonly href: string }>;
}

/** What a value must be: one of these, this, or within these bounds (null: there is none on this side). */
export type FieldRule =
  | { readonly kind: 'one-of'; readonly values: readonly string[] }
  | { readonly kind: 'value'; readonly value: string }
  | {
      readonly kind: 'characters' | 'number' | 'items';
      readonly from: number | null;
      readonly to: number | null;
    };

// Try it. POST /api/try/sign-up|order|receipt|burst with the body of its name answers a TryResult; GET /api/try answers TryOptions

export interface TrySignUp {
  readonly email: string;
  readonly name: string;
  readonly locale: 'ko' | 'en';
  /** With its country, such as `+82 10 1234 5678`. */
  readonly phone?: string;
}

export interface TryOrder {
  readonly memberId: string;
  readonly sku: string;
  readonly quantity: number;
  /** In which the item is named. */
  readonly locale: 'ko' | 'en';
}

export interface TryReceipt {
  readonly memberId: string;
  /** In which the item is named. */
  readonly locale: 'ko' | 'en';
}

/** `count` sign-ups with addresses of their own, 200 a second at most. */
export interface TryBurst {
  readonly count: 10 | 100 | 1000;
}

export interface TryOptions {
  readonly members: ReadonlyArray<{ readonly memberId: string; readonly name: string; readonly email: string }>;
  readonly items: ReadonlyArray<{ readonly sku: string; readonly name: BothLanguages; readonly price: string }>;
  readonly results: readonly TryResult[];
}

/** Ten newest. A burst counts: `answered` and `failed` of `count`; `mailed`, `parked` and `dead` of `answered`. */
export interface TryResult {
  readonly id: string;
  readonly kind: 'sign-up' | 'order' | 'receipt' | 'burst';
  /** Of a burst: how its addresses begin, by which they are found. */
  readonly about: string;
  readonly at: string;
  readonly status: number | null;
  readonly problem: { readonly detail: string; readonly said: Said } | null;
  /** Names of the fields that the service rejects. */
  readonly rejected: readonly string[];
  readonly eventId: string | null;
  readonly state: JourneyState | null;
  readonly ms: number | null;
  readonly count: number;
  readonly answered: number;
  readonly failed: number;
  readonly mailed: number;
  readonly parked: number;
  readonly dead: number;
}

// Chaos, only where a supervisor offers it. GET /api/chaos; POST /api/chaos/faults/:fault with a ChaosSwitch,
// POST /api/chaos/kill/:part and POST /api/chaos/normal with {}: each answers the Chaos after it.

export type ChaosFault =
  | 'mail-server-down'
  | 'mail-server-slow'
  | 'mail-server-refuses'
  | 'broker-down'
  | 'database-down'
  | 'duplicates'
  | 'unreadable';

/** Null: off. */
export interface ChaosSwitch {
  readonly value: string | null;
}

export interface Chaos {
  readonly faults: ReadonlyArray<{
    readonly fault: ChaosFault;
    /** What it can be set to besides off: `on` (a switch), `451` and `550`, or `once` (a button). */
    readonly values: readonly string[];
    readonly value: string | null;
    readonly since: string | null;
  }>;
  readonly parts: ReadonlyArray<{
    readonly name: string;
    readonly state: 'stopped' | 'starting' | 'ready' | 'down';
    readonly pid: number | null;
    readonly since: string | null;
    /** How often it was killed from here. */
    readonly kills: number;
  }>;
  readonly guarantees: readonly Guarantee[];
  /** The last 2 min, a point a second, oldest first. */
  readonly chart: ReadonlyArray<{
    readonly at: string;
    readonly acceptedPerSecond: number | null;
    readonly mailedPerSecond: number | null;
    readonly parked: number | null;
    readonly hasFault: boolean;
  }>;
  /** Newest first. The page has the words for each code; `subject` is the part, fault, topic or service. */
  readonly log: ReadonlyArray<{
    readonly at: string;
    readonly code:
      | 'fault-on'
      | 'fault-off'
      | 'part-started'
      | 'part-ready'
      | 'part-ended'
      | 'part-moved'
      | 'part-stopped'
      | 'part-killed'
      | 'duplicates-published'
      | 'unreadable-published'
      | 'service-not-ready'
      | 'service-ready';
    readonly subject: string;
    readonly detail: string | null;
    /** With `service-not-ready`: why, where the service answers. */
    readonly failed?: readonly FailedCheck[];
    /** With `part-ready`: how long it took. */
    readonly afterMs?: number;
  }>;
}

/** `figures` is null while it cannot be checked, and `holds` with it. */
export type Guarantee = {
  readonly holds: boolean | null;
  /** Those that break it. */
  readonly events: readonly string[];
} & (
  | { readonly id: 'equation'; readonly figures: { readonly accepted: number; readonly found: number } | null }
  | { readonly id: 'one-place'; readonly figures: { readonly missing: number; readonly double: number } | null }
  | {
      readonly id: 'duplicates-ambiguous';
      readonly figures: { readonly duplicates: number; readonly ambiguous: number } | null;
    }
  | { readonly id: 'order-per-key'; readonly figures: { readonly overtaken: number; readonly records: number } | null }
  | {
      readonly id: 'committed-published';
      /** `lost`: rows that are in no outbox any more and were not published. */
      readonly figures: { readonly waiting: number; readonly oldestSeconds: number; readonly lost: number } | null;
    }
);

/** GET /api/about: once, at the page's start. */
export interface About {
  readonly version: string;
  readonly startedAt: string;
  readonly hasChaos: boolean;
  readonly canTry: boolean;
  readonly services: readonly string[];
}

/** GET /api/lab. Empty where the repository's results are not there. */
export type LabResults = z.output<typeof labResults>;
export type LabSentence = LabResults['sentences'][number];
/** One sentence on one system. Without a verdict it did not run. */
export type LabCell = LabSentence['cells'][number];
export type LabVerdict = NonNullable<LabCell['verdict']>;
/** A sentence in both languages of the page. */
export type BothLanguages = LabSentence['claim'];
