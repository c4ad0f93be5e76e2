import type { KafkaSettings } from './kafka-settings.ts';
import type { RecordHeaders } from './record-headers.ts';

/**
 * What this package uses of a Kafka client library, and no more, so that another library is a folder and not a rewrite. What all
 * libraries need on top, such as membership for as long as the service runs, is implemented above, once.
 */
export type ConnectKafka = (settings: KafkaSettings, clientId: string) => KafkaClient;

export type PartitionsOf = (topic: string) => number | undefined;

/** Connects when it is used. */
export interface KafkaClient {
  /** Not connected yet. */
  topicAdmin(): TopicAdmin;
  /**
   * Not connected yet.
   * @param partitionsOf how many partitions a topic has by its definition. Keys are spread over no more, so partitions that
   *   are added to a topic move no key; undefined for a topic without a definition, whose keys go by what it has
   */
  recordProducer(partitionsOf: PartitionsOf): RecordProducer;
  /** Not joined yet. */
  groupMember(groupId: string, topics: readonly string[], listener: GroupListener): GroupMember;
}

export interface PartitionPlace {
  readonly topic: string;
  readonly partition: number;
}

export interface NewTopic {
  readonly name: string;
  readonly partitions: number;
  /** -1: the broker's default. */
  readonly replicationFactor: number;
  readonly config: Readonly<Record<string, string>>;
}

/** A topic as it exists on the brokers. */
export interface FoundTopic {
  readonly partitions: number;
  /** Of the partition with the fewest replicas. */
  readonly replicationFactor: number;
}

/** What the log of a partition holds now. */
export interface LogRange extends PartitionPlace {
  /** Of the first record that was not deleted. */
  readonly start: string;
  /** Of the record that will be written next. */
  readonly end: string;
}

export interface OffsetAt extends PartitionPlace {
  readonly offset: string;
}

/** Creates and describes topics, and reads offsets; changes no topic. Its calls reject while the broker is unavailable. */
export interface TopicAdmin {
  /** To be called once, before anything else. */
  connect(): Promise<void>;
  /** Names of all topics. */
  list(): Promise<string[]>;
  /** Resolves when all can be written to. A topic that another client has created meanwhile is not an error. */
  create(topics: readonly NewTopic[]): Promise<void>;
  /** By name; a topic that does not exist is left out. */
  describe(topics: readonly string[]): Promise<Map<string, FoundTopic>>;
  /** The value of one setting for each topic: its own, or the broker's default. */
  settings(topics: readonly string[], name: string): Promise<Map<string, string>>;
  /** Of every partition of the topics. */
  ranges(topics: readonly string[]): Promise<LogRange[]>;
  /**
   * Of every partition of the topic: its first record that was written then or later, or its end where there is none.
   * @param timestamp milliseconds since 1970
   */
  offsetsAt(topic: string, timestamp: number): Promise<OffsetAt[]>;
  /** Partitions of which the group has committed nothing are left out. */
  committed(groupId: string, topics: readonly string[]): Promise<OffsetAt[]>;
  /** Ends its connections. */
  close(): Promise<void>;
}

export interface OutgoingRecord {
  readonly topic: string;
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds since 1970, as text. */
  readonly timestamp: string;
}

export interface RecordPlace {
  readonly partition: number;
  readonly offset: string;
}

/** Idempotent, and for one `send()` at a time. The partitioner is Kafka's, so a key keeps its partition when the driver changes. */
export interface RecordProducer {
  /** To be called once, before the first `send()`. */
  connect(): Promise<void>;
  /**
   * Resolves when every in-sync replica has all of them, with the place of each. After a rejection it is unknown which were
   * written, and the producer cannot be used any more.
   * @throws RecordsRejected when sending the same records again cannot help
   */
  send(records: readonly OutgoingRecord[]): Promise<RecordPlace[]>;
  /** Ends its connections; what is being sent may still be written. */
  close(): Promise<void>;
}

/** A record as it is stored in its partition. */
export interface KafkaRecord {
  readonly offset: string;
  /** Milliseconds since 1970, as text. */
  readonly timestamp: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: RecordHeaders;
}

/** A record as it was read from the broker. */
export interface FetchedRecord extends KafkaRecord {
  /** Size in its batch: key, value, headers and framing. */
  readonly bytes: number;
}

/** A batch of the log that cannot be decoded, so it is unknown which records are in it. */
export interface UndecodableBatch {
  readonly firstOffset: string;
  /** Reading continues after it. */
  readonly lastOffset: string;
  /** Milliseconds since 1970, as text; unreliable where the checksum is wrong. */
  readonly timestamp: string;
  /** The whole batch as it is stored in the log. */
  readonly bytes: Buffer;
  /** Why. */
  readonly problem: string;
}

/** Consecutive records of one partition. */
export interface RecordBatch extends PartitionPlace {
  readonly records: readonly FetchedRecord[];
  /** After the records. */
  readonly undecodable?: UndecodableBatch;
  /** Of the last record that was read, which may be one that is not handed out, such as a transaction marker. */
  readonly lastOffset: string;
}

/** Offsets of a partition that the broker deleted before the group read them: `from` inclusive, `to` exclusive. */
export interface SkippedOffsets extends PartitionPlace {
  readonly from: string;
  readonly to: string;
}

/** What a member of a group calls. None of it throws. */
export interface GroupListener {
  /** The rebalance is complete: what this member has from now on, even if it is the same as before. */
  joined(memberId: string, partitions: readonly PartitionPlace[]): void;
  /** Nothing can be committed until the rebalance is complete. */
  rebalancing(): void;
  /** The broker has answered. */
  alive(): void;
  /** Must not wait for the handling of the records. */
  received(batch: RecordBatch): void;
  /**
   * The log begins after the group's position, and is read from its beginning. Not called for a group that has committed nothing,
   * nor for a topic that was recreated.
   */
  skipped(offsets: SkippedOffsets): void;
  /** Whether more may be received; if not, it waits for up to so many milliseconds until it is. */
  hasRoom(millisecondsMax: number): Promise<boolean>;
  /** The member has ended and does not recover by itself. */
  failed(error: Error): void;
}

/**
 * A member, from its join to its end. While the broker is unavailable it keeps retrying under its member id, since another member could
 * replace it only after its session has expired. It sends heartbeats by itself, whatever its listener does.
 */
export interface GroupMember {
  /** Resolves when it is in the group. A group that has committed nothing starts at the beginning. */
  join(): Promise<void>;
  /**
   * One attempt, and only under the assignment that the listener was notified of last.
   * @throws when the group is rebalancing or the broker is unavailable
   */
  commit(offsets: ReadonlyArray<PartitionPlace & { readonly offset: string }>): Promise<void>;
  /** To be called once, at any time, also while it joins. Afterwards nothing of it holds partitions. */
  leave(): Promise<void>;
}
