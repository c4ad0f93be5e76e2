// Every bound of the broker, with its reason. Those a user may want to change are options in config.ts and only have
// their default here.

/** Descriptors kept open for log files; 1,024 is the usual limit of a process, and sockets need their share. */
export const OPEN_FILES_MAX = 480;

/** Kafka's own default of `socket.request.max.bytes`: nothing a client sends by default comes near. */
export const REQUEST_BYTES_MAX = 100 * 1024 * 1024;

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

/** Batches remembered per producer and partition to recognise a resend, as in Kafka: clients have at most five in flight. */
export const BATCHES_REMEMBERED_PER_PRODUCER = 5;
