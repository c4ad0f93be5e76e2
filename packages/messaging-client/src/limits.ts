/** Every bound of the client, with its reason. Units are in the names. */

/** Half of the broker's default message bound (1 MiB), so that headers and batch framing always fit. */
export const PAYLOAD_BYTES_MAX = 512 * 1024;

/** Keys are identifiers and addresses; a longer one is a mistake. */
export const KEY_BYTES_MAX = 1024;

/** One send to the broker: large enough to amortise a round trip, small enough to stay below 10 ms of work. */
export const RELAY_BATCH_ROWS_MAX = 500;

/**
 * A send becomes one record batch for each partition, and all of it may have one key: below the broker's default bound
 * of a batch (1 MiB), framing included. A batch over it would be refused for ever.
 */
export const RELAY_BATCH_BYTES_MAX = 900 * 1024;

/** Headers and framing of one record, generously. */
export const RECORD_OVERHEAD_BYTES = 600;

/** NOTIFY wakes the relay; this is only the backstop for a notification that got lost. */
export const RELAY_POLL_MS = 1_000;

/** An instance that its database has not heard for so long is taken for dead; a pause of the process below it does no harm. */
export const LEASE_MS = 10_000;
export const LEASE_RENEWAL_MS = 2_500;

/** While rows wait for an older transaction to end there is no notification to wait for. */
export const RELAY_HELD_BACK_POLL_MS = 20;

/** After a failure of broker or database: soon enough for a restart, slow enough not to be a load. */
export const RECONNECT_DELAY_MS = { first: 100, max: 2_000 } as const;

/** Published rows are evidence for a day, then they go. */
export const PUBLISHED_ROWS_KEPT_MS = 24 * 60 * 60 * 1000;
export const PUBLISHED_ROWS_DELETED_AT_ONCE = 1_000;
export const PUBLISHED_ROWS_CLEANUP_MS = 60 * 1000;

/** Handlers at work at once; each may hold one database connection, so the pool should not be much smaller. */
export const HANDLERS_AT_ONCE_MAX = 16;

/** Records taken from the broker and not finished. At this bound partitions pause and the backlog stays in the broker. */
export const RECORDS_IN_HAND_MAX = 2_000;
/** Fetching goes on when so many are left: not at every record, so that fetches stay large. */
export const RECORDS_IN_HAND_RESUME = 1_000;

/** A restart repeats at most what was finished in this time; the inbox recognises it. */
export const COMMIT_INTERVAL_MS = 200;

/** How long the broker may hold a fetch that has nothing to give; also how soon a paused consumer looks again. */
export const FETCH_WAIT_MS = 500;
export const FETCH_BYTES_PER_PARTITION_MAX = 256 * 1024;

/**
 * The group notices a killed member after this time, and its records wait as long: Kafka's floor. Handlers cannot
 * delay a heartbeat, so a longer session would buy nothing.
 */
export const SESSION_TIMEOUT_MS = 6_000;
export const HEARTBEAT_INTERVAL_MS = 1_000;
export const REBALANCE_TIMEOUT_MS = 15_000;

/** A member that hears from its broker does so at every heartbeat; after three it is not ready. */
export const CONSUMER_SILENT_AFTER_MS = 3_000;
export const CONSUMER_WATCH_MS = 500;

/**
 * A consumer that is silent for this long is replaced, in case it is stuck rather than cut off. Not sooner: a new one is
 * a new member, and the group would first wait for the old one to be missed.
 */
export const CONSUMER_REPLACED_AFTER_MS = 60_000;

/** First a few quick tries for a blip, then slower ones until whatever is down is back. */
export const RETRY_DELAY_MS = { first: 100, max: 5_000 } as const;

/** At a stop, work at hand may finish for this long; what is not finished is not committed and comes again. */
export const DRAIN_MS_MAX = 10_000;

/** Enough to find a cause, bounded because a stack can hold a payload. */
export const ERROR_TEXT_CHARACTERS_MAX = 2_000;
