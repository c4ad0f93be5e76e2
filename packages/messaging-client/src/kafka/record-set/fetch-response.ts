import { ByteCursor } from './byte-cursor.ts';
import type { FetchedPartition } from './decode-record-set.ts';

export interface PartitionResponse extends FetchedPartition {
  readonly partition: number;
  readonly errorCode: number;
  readonly lastStableOffset: bigint;
  readonly logStartOffset: bigint;
  readonly preferredReadReplica: number;
}

export interface TopicResponse {
  /** Its name; from version 13 on its id. */
  readonly topic: string;
  readonly partitions: readonly PartitionResponse[];
}

export interface FetchResponse {
  readonly throttleMs: number;
  readonly errorCode: number;
  readonly sessionId: number;
  readonly topics: readonly TopicResponse[];
}

/** Sessions. */
const SESSIONS_FROM = 7;
const READ_REPLICA_FROM = 11;
/** Compact lengths and tagged fields. */
const FLEXIBLE_FROM = 12;
const TOPIC_IDS_FROM = 13;
export const FETCH_VERSION_MIN = 5;
export const FETCH_VERSION_MAX = 17;

/**
 * The body of a Fetch response (https://kafka.apache.org/protocol#The_Messages_Fetch), with the batches of each partition as bytes.
 * Tagged fields, which name new leaders, are skipped: those are found by a metadata request.
 */
export function readFetchResponse(version: number, body: Buffer): FetchResponse {
  if (version < FETCH_VERSION_MIN || version > FETCH_VERSION_MAX) {
    throw new Error(
      `Fetch responses are read from version ${FETCH_VERSION_MIN} to ${FETCH_VERSION_MAX}, not ${version}`,
    );
  }
  const reader = new FetchResponseReader(version, body);
  return reader.response();
}

class FetchResponseReader {
  readonly #version: number;
  readonly #cursor: ByteCursor;
  readonly #isFlexible: boolean;

  constructor(version: number, body: Buffer) {
    this.#version = version;
    this.#cursor = new ByteCursor(body);
    this.#isFlexible = version >= FLEXIBLE_FROM;
  }

  response(): FetchResponse {
    const cursor = this.#cursor;
    const throttleMs = cursor.int32();
    const hasSession = this.#version >= SESSIONS_FROM;
    const errorCode = hasSession ? cursor.int16() : 0;
    const sessionId = hasSession ? cursor.int32() : 0;
    const topics = this.#array(() => this.#topic());
    return { throttleMs, errorCode, sessionId, topics };
  }

  #topic(): TopicResponse {
    const topic = this.#version >= TOPIC_IDS_FROM ? this.#uuid() : this.#name();
    const partitions = this.#array(() => this.#partition());
    this.#skipTags();
    return { topic, partitions };
  }

  #partition(): PartitionResponse {
    const cursor = this.#cursor;
    const partition = cursor.int32();
    const errorCode = cursor.int16();
    const highWatermark = cursor.int64();
    const lastStableOffset = cursor.int64();
    const logStartOffset = cursor.int64();
    const abortedTransactions = this.#array(() => {
      const aborted = { producerId: cursor.int64(), firstOffset: cursor.int64() };
      this.#skipTags();
      return aborted;
    });
    const preferredReadReplica = this.#version >= READ_REPLICA_FROM ? cursor.int32() : -1;
    const recordSet = cursor.take(Math.max(this.#length(), 0));
    this.#skipTags();
    const offsets = { highWatermark, lastStableOffset, logStartOffset };
    return { partition, errorCode, ...offsets, abortedTransactions, preferredReadReplica, recordSet };
  }

  /** -1: null. */
  #length(): number {
    return this.#isFlexible ? this.#cursor.uvarint() - 1 : this.#cursor.int32();
  }

  #array<Item>(read: () => Item): Item[] {
    const items: Item[] = [];
    for (let left = this.#length(); left > 0; left -= 1) items.push(read());
    return items;
  }

  #name(): string {
    const length = this.#isFlexible ? this.#length() : this.#cursor.int16();
    return this.#cursor.take(length).toString('utf8');
  }

  #uuid(): string {
    const hex = this.#cursor.take(16).toString('hex');
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  }

  #skipTags(): void {
    if (!this.#isFlexible) return;
    for (let left = this.#cursor.uvarint(); left > 0; left -= 1) {
      this.#cursor.uvarint();
      this.#cursor.skip(this.#cursor.uvarint());
    }
  }
}
