/** Every limit of a service, with its reason. Units are in the names. */

/** Large enough for an order with the most items and the longest names, small enough to keep many requests at once cheap. */
export const REQUEST_BODY_BYTES_MAX = 256 * 1024;

/** Our requests are nested a few levels deep; below this limit checks may be recursive. */
export const REQUEST_BODY_DEPTH_MAX = 32;

/** A client with more mistakes than this does not fix them one by one. */
export const PROBLEMS_REPORTED_MAX = 50;

/** A probe is answered even when a check hangs. Orchestrators wait one second by default. */
export const READINESS_CHECK_TIMEOUT_MS = 800;

/** A starting service polls its own readiness, less and less often, until it is ready and has logged that. */
export const READY_POLL_MS = { first: 50, max: 1_000 } as const;

/** Handlers that run at once (20, see messaging-client) plus some for HTTP; four services fit PostgreSQL's default of 100. */
export const DATABASE_CONNECTIONS_MAX = 24;

/** Waiting for a free or a new connection. Longer than any healthy wait, short enough to answer 503 before the caller gives up. */
export const DATABASE_CONNECT_TIMEOUT_MS = 2_000;

/** The server cancels the statement. Ours take milliseconds; one this slow waits for a lock that was not released. */
export const DATABASE_STATEMENT_TIMEOUT_MS = 3_000;

/** The client gives up on a server that does not answer at all: a little after the server itself would cancel. */
export const DATABASE_ANSWER_TIMEOUT_MS = 3_500;

/** An abandoned transaction must not hold its locks, or hold back the outbox, for ever. */
export const DATABASE_IDLE_IN_TRANSACTION_TIMEOUT_MS = 15_000;

/** Instances that start together queue for the migrations; after this an instance retries from the beginning. */
export const MIGRATION_LOCK_TIMEOUT_MS = 30_000;

/** Between attempts to reach an unavailable database: soon enough for a quick restart, slow enough not to add load. */
export const DATABASE_RETRY_DELAY_MS = { first: 100, max: 2_000 } as const;

/**
 * For a whole shutdown: the consumer's drain (10 s), its last commit and leaving its group (3 s each, see messaging-client),
 * then 4 s for the relay and the connections. HTTP is drained meanwhile. Supervisors that kill services wait longer: `tools/stack/parts/services.ts`, `docker-compose.yml`, `deploy/kubernetes`.
 */
export const SHUTDOWN_TIMEOUT_MS_DEFAULT = 20_000;

/** At shutdown, requests in flight are answered within this: as long as records in flight have, which finish meanwhile. */
export const HTTP_DRAIN_MS_MAX = 10_000;

/** At shutdown, a request that is partly received must be complete within this, or its connection is closed. */
export const REQUEST_ARRIVAL_MS_MAX = 1_000;

/** At shutdown, spans that are not exported yet are lost after this: an endpoint that hangs must not delay a stop. */
export const SPANS_FLUSH_MS_MAX = 2_000;

/** Spans that wait to be exported, some MB. Further ones are dropped: a record never waits for its span. */
export const SPANS_WAITING_MAX = 4_096;

/** At shutdown, how often connections that are no longer needed are closed. */
export const CONNECTIONS_SWEEP_MS = 50;

/** A write to a slow reader of the log is retried; when the reader takes nothing for this long the line is lost. */
export const LOG_LINE_WAIT_MS_MAX = 500;
export const LOG_LINE_RETRY_MS = 5;

/** Routes come from code, so this is met only by a mistake. What comes after is counted under `_OTHER`. */
export const METRIC_LABEL_VALUES_MAX = 100;

/** Those that OpenTelemetry recommends for HTTP. */
export const HTTP_DURATION_BUCKETS_SECONDS = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];

/** A UUID has 36. Longer than keys that clients generate, short enough for an index. */
export const IDEMPOTENCY_KEY_CHARACTERS_MAX = 255;

/** A day: longer than clients retry, and longer than an outage of one night. */
export const IDEMPOTENCY_KEYS_KEPT_MS = 24 * 60 * 60_000;

/** Each contains a whole record, up to the broker's limit. */
export const DEAD_LETTERS_LISTED_DEFAULT = 20;
export const DEAD_LETTERS_LISTED_MAX = 100;

/** A page that a person looks at; a program that reads on gets the most at once. */
export const ADMIN_PAGE_ROWS_DEFAULT = 100;
export const ADMIN_PAGE_ROWS_MAX = 500;

/** Events or keys of one request: their ids are in its address, which has a bound as well. */
export const ADMIN_EVENTS_ASKED_MAX = 100;

/** Admin requests at once: each holds one of DATABASE_CONNECTIONS_MAX, and handlers must not wait for operators. */
export const ADMIN_REQUESTS_AT_ONCE_MAX = 3;

/** Longer than any healthy read; a table that needs more is read with a filter. */
export const ADMIN_READ_MS_MAX = 2_000;

/** The largest payload, 1 MB, as a JSON string with its escapes. */
export const ADMIN_BODY_BYTES_MAX = 2 * 1024 * 1024;

/** A request of an operator arrives within this, or its connection is closed. */
export const ADMIN_ARRIVAL_MS_MAX = 10_000;

/** What an operator looks at to see which records came twice, some 200 bytes each. */
export const ADMIN_REPEATS_KEPT_MAX = 20;

/** Readers of the event stream: consoles and an operator's terminal. */
export const ADMIN_EVENT_READERS_MAX = 8;

/** Ten frames a second look like a flow, and cost little. */
export const ADMIN_EVENTS_EVERY_MS = 100;

/** Some megabytes, and seconds of the busiest consumer: what a reader may be behind. */
export const ADMIN_EVENTS_KEPT_MAX = 10_000;

/** Events are still kept for a reader that has lost its connection; one that is not back by then has ended. */
export const ADMIN_EVENTS_KEPT_WITHOUT_READER_MS = 30_000;

/** What reader and proxies on the way may take for a broken connection; most of them wait a minute. */
export const ADMIN_EVENTS_KEEP_ALIVE_MS = 15_000;

/** How soon a reader connects again: one that is restored after a restart should not wait for the browser's three seconds. */
export const ADMIN_EVENTS_RECONNECT_MS = 1_000;

/** Ids of a census: two megabytes, and less than a tenth of a second of work for the database. */
export const ADMIN_CENSUS_ROWS_MAX = 10_000;

/** A frame takes some milliseconds to write as JSON. */
export const ADMIN_EVENTS_PER_FRAME_MAX = 1_000;
