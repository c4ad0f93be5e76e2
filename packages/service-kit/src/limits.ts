/** Every bound of a service, with its reason. Units are in the names. */

/** Large enough for an order of the most items with the longest names, small enough that a flood of bodies stays cheap. */
export const REQUEST_BODY_BYTES_MAX = 256 * 1024;

/** No request of ours is nested deeper than a handful of levels; checks may then call themselves. */
export const REQUEST_BODY_DEPTH_MAX = 32;

/** A body with more mistakes than this is not being mended by hand. */
export const PROBLEMS_REPORTED_MAX = 50;

/** A probe has to be answered even when what it asks about hangs. Orchestrators wait one second unless told otherwise. */
export const READINESS_CHECK_TIMEOUT_MS = 800;

/** Until a starting service is ready it looks for it, less and less often; it says so once and then stops looking. */
export const READY_POLL_MS = { first: 50, max: 1_000 } as const;

/** Handlers at work at once (16, see messaging-client) with some room for HTTP; five services fit PostgreSQL's default of 100. */
export const DATABASE_CONNECTIONS_MAX = 20;

/** Waiting for a free or a new connection. Longer than any healthy wait, short enough to answer 503 while the caller listens. */
export const DATABASE_CONNECT_TIMEOUT_MS = 2_000;

/** The server gives up on a statement. Ours take milliseconds; one this slow waits for a lock that somebody forgot. */
export const DATABASE_STATEMENT_TIMEOUT_MS = 3_000;

/** The client gives up on a server that does not even say so: a little later than the server itself would. */
export const DATABASE_ANSWER_TIMEOUT_MS = 3_500;

/** A transaction that its process left open must not hold its locks, nor hold back the outbox, for ever. */
export const DATABASE_IDLE_IN_TRANSACTION_TIMEOUT_MS = 15_000;

/** Instances that start together queue for the migrations; past this one tries again from the start. */
export const MIGRATION_LOCK_TIMEOUT_MS = 30_000;

/** A database that is away is asked again: soon enough for a quick restart, slow enough not to be a load. */
export const DATABASE_RETRY_DELAY_MS = { first: 100, max: 2_000 } as const;

/**
 * What a service gives itself for a stop: for the consumer its drain (10 s), its last commit and its farewell (3 s each, see
 * messaging-client), then 4 s for the relay and the connections. HTTP is drained meanwhile. Whatever ends services by force
 * waits longer: `tools/stack/parts/services.ts`, `docker-compose.yml`, `deploy/kubernetes`.
 */
export const SHUTDOWN_TIMEOUT_MS_DEFAULT = 20_000;

/** At a stop, requests in flight get their answers within this: as long as the records in flight, which are finished meanwhile. */
export const HTTP_DRAIN_MS_MAX = 10_000;

/** At a stop, a request of which a part has come is there completely after this, or nobody is going to send the rest. */
export const REQUEST_ARRIVAL_MS_MAX = 1_000;

/** At a stop, connections that nobody needs any more are closed this often. */
export const CONNECTIONS_SWEEP_MS = 50;

/** A reader of the log that is slow for a moment is tried again; one that takes nothing for so long costs the line. */
export const LOG_LINE_WAIT_MS_MAX = 500;
export const LOG_LINE_RETRY_MS = 5;

/** A UUID has 36. Longer than any key that a client makes, short enough for an index. */
export const IDEMPOTENCY_KEY_CHARACTERS_MAX = 255;

/** A day: longer than any client goes on trying, and the outage of an evening and its night besides. */
export const IDEMPOTENCY_KEYS_KEPT_MS = 24 * 60 * 60_000;
