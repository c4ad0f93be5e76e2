/** A broker on the same machine answers in milliseconds; one that is busy starting takes longer. */
export const CONNECT_TIMEOUT_MS = 10_000;

/** A broker that confirms nothing for so long, on a busy machine too, takes no more messages. */
export const CONFIRM_TIMEOUT_MS = 30_000;

/** What is not acknowledged is delivered again after this time, in systems that go by a time. */
export const REDELIVER_AFTER_MS = 2_000;

/** The shortest that Apache Kafka accepts by default: how long a member that was killed keeps its partitions. */
export const KAFKA_SESSION_MS = 6_000;

/** When no message came for so long, none is expected any more. Well above every time after which one is delivered again. */
export const QUIET_MS = 8_000;

/** The same where all have to come: on a busy machine a consumer may lose its group, and join again. */
export const PATIENCE_MS = 60_000;

/** One experiment on one system takes less, also on a busy machine: what hangs is reported. */
export const EXPERIMENT_TIMEOUT_MS = 600_000;
