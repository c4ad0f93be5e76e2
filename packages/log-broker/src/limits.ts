// Every bound of the broker, with its reason. Those a user may want to change are options in config.ts and only have
// their default here.

/** Descriptors kept open for log files; 1,024 is the usual limit of a process, and sockets need their share. */
export const OPEN_FILES_MAX = 480;

/** Files being synced: each has a descriptor of its own meanwhile. Node works on four at a time. */
export const SYNCS_AT_ONCE_MAX = 16;

/**
 * Work done in one turn of the event loop before others are looked at. A hundred of them fit between two heartbeats of the
 * most impatient client; shorter ones would spend their time on changing over.
 */
export const WORK_SLICE_MS = 5;

/** What a request may take before it lets those go first that have not begun. A heartbeat or a produce takes a fifth of it. */
export const BEGIN_SLICE_MS = 1;

/** Kafka's own default of `socket.request.max.bytes`: nothing a client sends by default comes near. */
export const REQUEST_BYTES_MAX = 100 * 1024 * 1024;

/**
 * What one batch may become when it is decompressed. Batches are opened in one go on the one thread: 16 MiB take some
 * 30 ms. A topic whose `max.message.bytes` is larger takes so much. Kafka has no limit here; a producer's buffer has.
 */
export const BATCH_DECOMPRESSED_BYTES_MAX = 16 * 1024 * 1024;

/** Records named in the refusal of a batch. Kafka names them all: a batch of 1 MiB can hold 150,000 bad ones. */
export const RECORD_ERRORS_MAX = 100;

/** Elements of all arrays of a request. As objects they take thirty times the bytes they come in, 100 MB would be 3 GB. */
export const REQUEST_ELEMENTS_MAX = 500_000;

/** What one fetch may bring, whatever the client asks. Kafka allows 55 MB; 8 MB keeps a hundred readers in little memory. */
export const FETCH_RESPONSE_BYTES_MAX = 8 * 1024 * 1024;

/** Kafka's default `fetch.max.wait` is 500 ms and no client asks for minutes; a parked fetch holds memory. */
export const FETCH_WAIT_MAX_MS = 60_000;

/** As Kafka's `offset.metadata.max.bytes`. */
export const OFFSET_METADATA_BYTES_MAX = 4_096;

/** As Kafka's `group.min.session.timeout.ms` and `group.max.session.timeout.ms`. */
export const SESSION_TIMEOUT_MIN_MS = 6_000;
export const SESSION_TIMEOUT_MAX_MS = 1_800_000;

/** Members of one group. Assignments are kept in memory and written in one record; Kafka's default is unlimited. */
export const GROUP_MEMBERS_MAX = 10_000;

/** A topic's folder is `<topic>-<partition>`, and file names end at 255 bytes; Kafka's own limit is 249. */
export const TOPIC_NAME_LENGTH_MAX = 249;

/** A partition is a folder with four files and an entry in memory. */
export const PARTITIONS_PER_TOPIC_MAX = 10_000;

/** Partitions of all topics. Each is a folder and a few kilobytes of memory; clients can create topics by asking for them. */
export const PARTITIONS_MAX = 50_000;

/**
 * Topics that one metadata request makes by asking for them. Nobody means to make thousands that way; what is beyond is
 * reported as unknown, which clients ask for again.
 */
export const AUTO_CREATED_TOPICS_PER_REQUEST_MAX = 100;

/** Groups known at once. Any client can make one by joining. */
export const GROUPS_MAX = 20_000;

/** Batches remembered per producer and partition to recognise a resend, as in Kafka: clients have at most five in flight. */
export const BATCHES_REMEMBERED_PER_PRODUCER = 5;

/** How often logs are looked at for what may leave. Kafka's default is five minutes; looking costs next to nothing. */
export const RETENTION_CHECK_INTERVAL_MS = 60_000;

/** As Kafka's `offsets.retention.minutes`: a week. */
export const OFFSETS_RETENTION_MS = 7 * 24 * 3_600_000;

/** Connections at once. Each costs a few kilobytes while it is idle; a descriptor is the scarcer thing. */
export const CONNECTIONS_MAX = 2_000;

/**
 * Bytes of requests that are being received, over all connections. Beyond it, connections whose request is large are not
 * read until others are done.
 */
export const REQUEST_BYTES_IN_FLIGHT_MAX = 64 * 1024 * 1024;

/** Requests up to this size are always received: the bound on their sum is the bound on connections. */
export const SMALL_REQUEST_BYTES = 16 * 1024;

/**
 * Bytes of answers that clients have not taken yet, over all connections. Beyond it fetches bring nothing until there is
 * room, and who asks for another large answer is disconnected.
 */
export const ANSWER_BYTES_IN_FLIGHT_MAX = 48 * 1024 * 1024;

/** Answers up to this size are always given: the bound on their sum is the bound on connections. */
export const SMALL_ANSWER_BYTES = 64 * 1024;

/** A client that takes nothing of its answer, or sends nothing of the rest of its request, for so long is disconnected. */
export const STALLED_CLIENT_MS = 30_000;

/**
 * A client that is slower than this with a large request or answer is disconnected: it would keep others from the room
 * they share. A long request at this speed takes minutes.
 */
export const SLOWEST_CLIENT_BYTES_PER_MS = 64;

/** What a fetch that waits keeps in memory for each partition it names, roughly. */
export const PARKED_PARTITION_BYTES = 500;

/** Of all fetches that wait. Beyond it a fetch is answered at once with what there is. */
export const PARKED_FETCH_BYTES_MAX = 32 * 1024 * 1024;

/** Subscriptions and assignments of the members of all groups. A thousand consumers of a thousand partitions need 20 MB. */
export const GROUP_BYTES_MAX = 64 * 1024 * 1024;

/** Produces of one connection whose answers wait for the disk. Their records are written; an answer is a few bytes. */
export const PIPELINED_PRODUCES_MAX = 64;

/** As Kafka's `connections.max.idle.ms`. */
export const IDLE_CONNECTION_MS = 600_000;

/** Smaller than Kafka's 100 MB (`offsets.topic.segment.bytes`): the log is read whole at each start. */
export const OFFSETS_SEGMENT_BYTES = 8 * 1024 * 1024;

/** As Kafka's `transaction.max.timeout.ms`. */
export const TRANSACTION_TIMEOUT_MAX_MS = 900_000;

/** As Kafka's `transactional.id.expiration.ms`: a week without any use. */
export const TRANSACTIONAL_ID_EXPIRATION_MS = 7 * 24 * 3_600_000;

/** Transactional ids known at once. Any client can make one up; each is a few hundred bytes. */
export const TRANSACTIONAL_IDS_MAX = 50_000;

/** Time until a decided transaction whose end the disk refused is tried again. */
export const TRANSACTION_RETRY_MS = 1_000;
