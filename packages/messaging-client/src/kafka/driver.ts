import type { KafkaSettings } from './kafka-settings.ts';
import type { RecordHeaders } from './record-headers.ts';

/**
 * What this package asks of a Kafka client library: no more than it uses, so that another library is a folder and not a
 * rewrite. What all of them need above it, such as being a member for as long as the service runs, is done above it, once.
 */
export type ConnectKafka = (settings: KafkaSettings, clientId: string) => KafkaClient;

export type PartitionsOf = (topic: string) => number | undefined;

/** Connects when something is asked of it. */
export interface KafkaClient {
  topicAdmin(): TopicAdmin;
  /**
   * @param partitionsOf how many partitions a topic has by its definition. Keys are spread over no more, so partitions that
   *   are added to a topic move no key; undefined for a topic without a definition, whose keys go by what it has
   */
  recordProducer(partitionsOf: PartitionsOf): RecordProducer;
  groupMember(groupId: string, topics: readonly string[], listener: GroupListener): GroupMember;
}

export interface PartitionPlace {
  readonly topic: string;
  readonly partition: number;
}

export interface NewTopic {
  readonly name: string;
  readonly partitions: number;
  /** -1: as the broker has it by default. */
  readonly replicationFactor: number;
  readonly config: Readonly<Record<string, string>>;
}

/** A topic as the brokers have it. */
export interface FoundTopic {
  readonly partitions: number;
  /** Of the partition with the fewest copies. */
  readonly replicationFactor: number;
}

export interface TopicAdmin {
  connect(): Promise<void>;
  list(): Promise<string[]>;
  /** Resolves when all can be written to. One that somebody else has made meanwhile is no error. */
  create(topics: readonly NewTopic[]): Promise<void>;
  describe(topics: readonly string[]): Promise<Map<string, FoundTopic>>;
  /** What one setting is for each of the topics, be it their own or the broker's default. */
  settings(topics: readonly string[], name: string): Promise<Map<string, string>>;
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

/** Idempotent, and for one `send()` at a time. Its partitioner is Kafka's own, so that a key stays where it is when the driver changes. */
export interface RecordProducer {
  connect(): Promise<void>;
  /**
   * Resolves when every in-sync replica has all of them, with the place of each. After a rejection it is unknown which
   * were written, and the producer is of no more use.
   * @throws RecordsRefused when sending them again as they are cannot help
   */
  send(records: readonly OutgoingRecord[]): Promise<RecordPlace[]>;
  close(): Promise<void>;
}

/** A record as it lies in its partition. */
export interface KafkaRecord {
  readonly offset: string;
  /** Milliseconds since 1970, as text. */
  readonly timestamp: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: RecordHeaders;
}

export interface FetchedRecord extends KafkaRecord {
  /** Of key, value, headers and framing, as it lay in its batch. */
  readonly bytes: number;
}

/** A batch of the log that cannot be decoded, so that nobody knows which records were in it. */
export interface UndecodableBatch {
  readonly firstOffset: string;
  /** Reading goes on behind it. */
  readonly lastOffset: string;
  /** Milliseconds since 1970, as text; not to be trusted where its checksum is wrong. */
  readonly timestamp: string;
  /** The whole batch as it lay in the log. */
  readonly bytes: Buffer;
  /** Why. */
  readonly problem: string;
}

/** Neighbours of one partition. */
export interface RecordBatch extends PartitionPlace {
  readonly records: readonly FetchedRecord[];
  /** Comes behind the records. */
  readonly undecodable?: UndecodableBatch;
  /** Of the last that was read, which may be one that is not handed out: a marker of a transaction, say. */
  readonly lastOffset: string;
}

/** Offsets of a partition that the broker deleted before the group had read them: from, and before. */
export interface SkippedOffsets extends PartitionPlace {
  readonly from: string;
  readonly to: string;
}

export interface GroupListener {
  /** The group has settled: what this member has from now on. Also when it has the same as before. */
  joined(memberId: string, partitions: readonly PartitionPlace[]): void;
  /** Nothing can be committed until the group has settled again. */
  rebalancing(): void;
  /** The broker has answered. */
  alive(): void;
  /** Must not wait for the handling of the records. */
  received(batch: RecordBatch): void;
  /**
   * The log begins behind where the group stood, and it is read from there. Not for a group that has committed nothing, nor for a
   * topic that was made again.
   */
  skipped(offsets: SkippedOffsets): void;
  /** Whether more may be received; when not, it waits at most so many milliseconds for it. */
  hasRoom(millisecondsMax: number): Promise<boolean>;
  /** It has ended and will not come back by itself. */
  failed(error: Error): void;
}

/**
 * One life of a member. While the broker is away it keeps trying under its name, since the group would first have to miss
 * it before another could take its place. It beats by itself, whatever its listener does.
 */
export interface GroupMember {
  /** Resolves when it is in the group. A group that has committed nothing is read from the beginning. */
  join(): Promise<void>;
  /**
   * Tries once, and only under the assignment that the listener was told last.
   * @throws when the group is rebalancing or the broker is away
   */
  commit(offsets: ReadonlyArray<PartitionPlace & { readonly offset: string }>): Promise<void>;
  /** To be called once, at any moment, also while it joins. It must leave nothing behind that holds partitions. */
  leave(): Promise<void>;
}
