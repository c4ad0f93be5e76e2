// Every bound of the broker, with its reason. Those that a user may want to change are options in config.ts, with their
// default here.

/** Descriptors kept open for log files; 1,024 is the usual limit of a process, and sockets need their share. */
export const OPEN_FILES_MAX = 480;

/** Files synced at the same time: each needs a descriptor of its own. Node runs four at a time. */
export const SYNCS_AT_ONCE_MAX = 16;

/**
 * Work done in one turn of the event loop before other clients are served. A hundred slices fit between two heartbeats of the
 * most impatient client; shorter ones would lose their time to switching.
 */
export const WORK_SLICE_MS = 5;

/** Time of a request before it yields to requests that have not begun. A heartbeat or a produce takes a fifth of it. */
export const BEGIN_SLICE_MS = 1;

/** Kafka's own default of `socket.request.max.bytes`: no client comes near it with its default settings. */
export const REQUEST_BYTES_MAX = 100 * 1024 * 1024;

/**
 * Size of one batch after decompression. A batch is decompressed in one step on the only thread: 16 MiB take about 30 ms.
 * A larger `max.message.bytes` of the topic replaces this. Kafka has no such limit; a producer's buffer is one.
 */
export const BATCH_DECOMPRESSED_BYTES_MAX = 16 * 1024 * 1024;

/** Records named in the refusal of a batch. Kafka names them all: a batch of 1 MiB can hold 150,000 bad ones. */
export const RECORD_ERRORS_MAX = 100;

/** Elements of all arrays of a request. As objects they take thirty times the bytes of the request: 100 MB would be 3 GB. */
export const REQUEST_ELEMENTS_MAX = 500_000;

/** Bytes of one fetch, whatever the client requests. Kafka allows 55 MB; with 8 MB a hundred readers need little memory. */
export const FETCH_RESPONSE_BYTES_MAX = 8 * 1024 * 1024;

/** What clients request of a partition at most, by their defaults (`max.partition.fetch.bytes`). A larger read takes several. */
export const SLAB_BYTES = 1024 * 1024;

/** Slabs that are kept for the next reads, the others are freed. A client has one to six of them in use, and not for long. */
export const SLABS_KEPT_MAX = 8;

/**
 * Slabs that were read ahead, for as many readers that are behind; others wait for their reads. One that was not wanted for so long
 * is used for another reader.
 */
export const SLABS_AHEAD_MAX = 4;
export const SLAB_AHEAD_MS = 1_000;

/** Kafka's default `fetch.max.wait` is 500 ms and no client requests minutes; a waiting fetch holds memory. */
export const FETCH_WAIT_MAX_MS = 60_000;

/** As Kafka's `offset.metadata.max.bytes`. */
export const OFFSET_METADATA_BYTES_MAX = 4_096;

/** As Kafka's `group.min.session.timeout.ms` and `group.max.session.timeout.ms`. */
export const SESSION_TIMEOUT_MIN_MS = 6_000;
export const SESSION_TIMEOUT_MAX_MS = 1_800_000;

/** As Kafka's `group.consumer.session.timeout.ms`: members of consumer groups (KIP-848) cannot choose it. */
export const CONSUMER_SESSION_TIMEOUT_MS = 45_000;

/**
 * How often members of consumer groups send heartbeats. Kafka requires 5 seconds, so that a partition takes ten to move. Here
 * they are more frequent while there are few members, a hundred in a second for all of them together.
 */
export const CONSUMER_HEARTBEAT_MIN_MS = 500;
export const CONSUMER_HEARTBEAT_MAX_MS = 5_000;
export const CONSUMER_HEARTBEAT_MS_PER_MEMBER = 10;

/** Regular expressions of subscriptions: Kafka has no limit, and a name of a topic has at most 249 characters. */
export const REGEX_LENGTH_MAX = 2_000;

/** Each character of a name costs a step for each of them at most: a name takes a millisecond then. */
export const REGEX_STATES_MAX = 2_500;

/** Members of one group. Assignments are kept in memory and written in one record; Kafka's default is unlimited. */
export const GROUP_MEMBERS_MAX = 10_000;

/** A topic's folder is `<topic>-<partition>`, and file names end at 255 bytes; Kafka's own limit is 249. */
export const TOPIC_NAME_LENGTH_MAX = 249;

/** A partition is a folder with four files and an entry in memory. */
export const PARTITIONS_PER_TOPIC_MAX = 10_000;

/** Partitions of all topics. Each is a folder and a few kilobytes of memory; clients can create topics by requesting them. */
export const PARTITIONS_MAX = 50_000;

/**
 * Topics that one metadata request creates. No client creates thousands this way on purpose; further ones are reported as
 * unknown, which clients retry.
 */
export const AUTO_CREATED_TOPICS_PER_REQUEST_MAX = 100;

/** Groups that exist at once. Any client can create one by joining. */
export const GROUPS_MAX = 20_000;

/** Batches remembered per producer and partition to recognise a resend, as in Kafka: clients have at most five in flight. */
export const BATCHES_REMEMBERED_PER_PRODUCER = 5;

/** How often logs are checked for expired records. Kafka's default is five minutes; a check costs almost nothing. */
export const RETENTION_CHECK_INTERVAL_MS = 60_000;

/** As Kafka's `offsets.retention.minutes`: a week. */
export const OFFSETS_RETENTION_MS = 7 * 24 * 3_600_000;

/** Open connections. An idle one costs a few kilobytes; descriptors are scarcer than memory. */
export const CONNECTIONS_MAX = 2_000;

/**
 * Connections whose client has not finished its TLS handshake and its login. Beyond it the oldest one is closed for each new
 * one, so that connections that never finish cannot block others. Half of all connections: as many clients may connect at once.
 */
export const PENDING_CONNECTIONS_MAX = CONNECTIONS_MAX / 2;

/** A handshake and a login take milliseconds; on a busy machine with a slow line, seconds. */
export const AUTHENTICATION_TIMEOUT_MS = 30_000;

/** As Kafka's `connection.failed.authentication.delay.ms`: guessing passwords takes longer. */
export const FAILED_LOGIN_DELAY_MS = 100;

/** Bytes of a request before the login, which has none larger than a few hundred. It takes no bytes from the shared budget. */
export const REQUEST_BYTES_BEFORE_LOGIN_MAX = 16 * 1024;

/** PLAIN logins that are checked at once: each takes a thread for milliseconds, and half of Node's four are left to the disk. */
export const PASSWORD_CHECKS_AT_ONCE_MAX = 2;

/** Twice Kafka's least, 4,096. Every login of a client computes as many. */
export const SCRAM_ITERATIONS = 8_192;

/** As Kafka accepts them for users that clients store. */
export const SCRAM_ITERATIONS_MIN = 4_096;
export const SCRAM_ITERATIONS_MAX = 16_384;

export const SCRAM_SALT_BYTES = 24;

/** Of the file of one user, whose name it contains; file names end at 255 bytes, and a temporary one has a suffix. */
export const USER_FILE_NAME_MAX = 230;

/** Access control entries. They are kept in memory, and written whole with each change. */
export const ACLS_MAX = 10_000;

/** Certificates are renewed days before they expire; a reload within seconds lets an operator see that it worked. */
export const TLS_RELOAD_INTERVAL_MS = 5_000;

/**
 * Bytes of requests that are being received, over all connections. Beyond it, connections whose request is large are not
 * read until others are done.
 */
export const REQUEST_BYTES_IN_FLIGHT_MAX = 32 * 1024 * 1024;

/** Requests up to this size are always received: the bound on their sum is the bound on connections. */
export const SMALL_REQUEST_BYTES = 16 * 1024;

/**
 * Bytes of answers that clients have not read yet, over all connections. Beyond it fetches return nothing until bytes are
 * free, and a client that requests another large answer is disconnected.
 */
export const ANSWER_BYTES_IN_FLIGHT_MAX = 24 * 1024 * 1024;

/** Answers up to this size are always sent: the bound on their sum is the bound on connections. */
export const SMALL_ANSWER_BYTES = 64 * 1024;

/** A client that reads nothing of its answer, or sends nothing of the rest of its request, is disconnected after this time. */
export const STALLED_CLIENT_MS = 30_000;

/**
 * A client that is slower than this with a large request or answer is disconnected: it would block the budget that all share.
 * A long request at this speed takes minutes.
 */
export const SLOWEST_CLIENT_BYTES_PER_MS = 64;

/** Memory of a waiting fetch for each partition that it names, roughly. */
export const PARKED_PARTITION_BYTES = 500;

/** Bytes of all waiting fetches. Beyond it a fetch is answered at once with the available records. */
export const PARKED_FETCH_BYTES_MAX = 32 * 1024 * 1024;

/** Subscriptions and assignments of the members of all groups. A thousand consumers of a thousand partitions need 20 MB. */
export const GROUP_BYTES_MAX = 64 * 1024 * 1024;

/** Produce requests of one connection whose answers wait for the disk. Their records are written; an answer is a few bytes. */
export const PIPELINED_PRODUCES_MAX = 64;

/** As Kafka's `connections.max.idle.ms`. */
export const IDLE_CONNECTION_MS = 600_000;

/** Smaller than Kafka's 100 MB (`offsets.topic.segment.bytes`): the log is read whole at each start. */
export const OFFSETS_SEGMENT_BYTES = 8 * 1024 * 1024;

/** As Kafka's `transaction.max.timeout.ms`. */
export const TRANSACTION_TIMEOUT_MAX_MS = 900_000;

/** As Kafka's `transactional.id.expiration.ms`: a week without use. */
export const TRANSACTIONAL_ID_EXPIRATION_MS = 7 * 24 * 3_600_000;

/** Transactional ids that exist at once. Any client can create one; each takes a few hundred bytes. */
export const TRANSACTIONAL_IDS_MAX = 50_000;

/** Time until the end of a decided transaction is retried after a failed write. */
export const TRANSACTION_RETRY_MS = 1_000;

/** How often logs are checked for what can be compacted, as Kafka's `log.cleaner.backoff.ms`. */
export const COMPACTION_CHECK_INTERVAL_MS = 15_000;

/** Work of a compaction in one turn of the event loop: no client waits for it, and the requests of all wait for its slice. */
export const CLEANING_SLICE_MS = 2;

/** Bytes of a log that a compaction reads at a time. They come from the disk more often than those of other reads. */
export const CLEANING_READ_BYTES = 128 * 1024;

/**
 * The map of keys of a compaction: half a million keys. Kafka's has 128 MB (`log.cleaner.dedupe.buffer.size`); more keys are
 * compacted in several rounds.
 */
export const OFFSET_MAP_BYTES_MAX = 16 * 1024 * 1024;

/** The map of a small log: in fewer bytes than this, no log has more keys than fit. */
export const OFFSET_MAP_BYTES_MIN = 64 * 1024;
