import { setTimeout as delay } from 'node:timers/promises';
import { ListOffsetTimestamps } from '@platformatic/kafka';
import type { BaseOptions, ClusterMetadata, Consumer } from '@platformatic/kafka';
import { Backoff } from '../../backoff.ts';
import { FETCH_BYTES_PER_PARTITION_MAX, FETCH_WAIT_MS, HEARTBEAT_INTERVAL_MS } from '../../limits.ts';
import type { GroupListener, PartitionPlace } from '../driver.ts';
import { decodeRecordSet } from '../record-set/decode-record-set.ts';
import { isTemporary, readable } from './library-errors.ts';
import { RecordSetConsumer } from './record-set-consumer.ts';
import type { RecordSetResponse } from './record-set-consumer.ts';

const RETRY_DELAY_MS = { first: 100, max: 1_000 } as const;

/** A partition while it is assigned to us. One that was revoked and assigned again is another. */
interface Position extends PartitionPlace {
  /** The offset to be read next; undefined until the broker has answered where to start. */
  next: bigint | undefined;
  /** The broker does not have `next` any more: reading starts at the first record there is. */
  fromStart: boolean;
  /** The offset that the broker did not have. */
  outOfRange?: bigint | undefined;
}

type ReadyPosition = Position & { next: bigint };

type FetchedPartition = RecordSetResponse['responses'][number]['partitions'][number];

const OFFSET_OUT_OF_RANGE = 1;

/** Brokers need not compare epochs with what was read before. */
const NO_EPOCH = -1;

/**
 * Reads the partitions of a member, by one request at a time for each broker.
 *
 * The library has a stream of messages for that. The stream ends with an error at each transient failure and joins the group again,
 * returns to the committed offsets at every rebalance, hands out what it has buffered of revoked partitions, and does not
 * report offsets without a record. The reader has its own connections, because a broker answers the requests of a connection in
 * order, and a heartbeat would wait behind a fetch.
 */
export class PartitionReader {
  readonly #consumer: RecordSetConsumer;
  readonly #member: Consumer;
  readonly #listener: GroupListener;
  readonly #positions = new Map<string, Position>();
  /** Brokers that are being read from. */
  readonly #busy = new Set<number>();
  readonly #backoff = new Backoff(RETRY_DELAY_MS);
  #isStarting = false;
  #startAgain = false;
  #closed = false;

  constructor(
    options: BaseOptions & { groupId: string },
    topics: readonly string[],
    member: Consumer,
    listener: GroupListener,
  ) {
    this.#consumer = new RecordSetConsumer(options);
    this.#consumer.topics.trackAll(...topics);
    this.#member = member;
    this.#listener = listener;
  }

  /** `kept`: still the same member, so reading of partitions that stay continues at their position. */
  assign(places: readonly PartitionPlace[], kept: boolean): void {
    const assigned = new Map(places.map((place) => [nameOf(place), place]));
    for (const name of this.#positions.keys()) if (!kept || !assigned.has(name)) this.#positions.delete(name);
    for (const [name, place] of assigned) {
      if (!this.#positions.has(name)) this.#positions.set(name, { ...place, next: undefined, fromStart: false });
    }
    void this.#startReading();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#positions.clear();
    await this.#consumer.close(true);
  }

  /** Starts to read from every broker that leads a partition of ours. */
  async #startReading(): Promise<void> {
    this.#startAgain = true;
    if (this.#isStarting) return;
    this.#isStarting = true;
    while (this.#startAgain && !this.#closed) {
      this.#startAgain = false;
      if (await this.#begin()) continue;
      this.#startAgain = true;
      await delay(this.#backoff.nextMs());
    }
    this.#isStarting = false;
  }

  /** Whether every position is being read. */
  async #begin(): Promise<boolean> {
    try {
      await this.#findStartOffsets();
      const ready = [...this.#positions.values()].filter(isReady);
      if (ready.length === 0) return true;
      const metadata = await this.#consumer.metadata({ topics: topicsOf(ready) });
      const byLeader = Map.groupBy(ready, ({ topic, partition }) => leaderOf(metadata, topic, partition));
      for (const [leader, positions] of byLeader) {
        if (leader !== undefined && !this.#busy.has(leader)) void this.#read(leader, positions, metadata);
      }
      if (!byLeader.has(undefined)) return true;
      this.#consumer.clearMetadata();
    } catch (error) {
      this.#noteFailure(error);
    }
    return false;
  }

  async #read(leader: number, positions: readonly ReadyPosition[], metadata: ClusterMetadata): Promise<void> {
    this.#busy.add(leader);
    try {
      const requested = new Map(positions.map((position) => [position, position.next]));
      const response = await this.#fetch(leader, positions, metadata);
      if (await this.#handOut(response, requested, metadata)) {
        this.#backoff.reset();
      } else {
        this.#consumer.clearMetadata();
        await delay(this.#backoff.nextMs());
      }
    } catch (error) {
      this.#noteFailure(error);
      await delay(this.#backoff.nextMs());
    }
    this.#busy.delete(leader);
    void this.#startReading();
  }

  async #fetch(
    leader: number,
    positions: readonly ReadyPosition[],
    metadata: ClusterMetadata,
  ): Promise<RecordSetResponse> {
    const byTopic = Map.groupBy(positions, ({ topic }) => topic);
    const topics = [...byTopic].map(([topic, ofTopic]) => ({
      topicId: metadata.topics.get(topic)!.id,
      partitions: ofTopic.map(({ partition, next }) => ({
        partition,
        fetchOffset: next,
        partitionMaxBytes: FETCH_BYTES_PER_PARTITION_MAX,
        currentLeaderEpoch: NO_EPOCH,
        lastFetchedEpoch: NO_EPOCH,
      })),
    }));
    try {
      return await this.#consumer.fetchRecordSets({ node: leader, topics, maxWaitTime: FETCH_WAIT_MS });
    } catch (error) {
      // One partition that cannot be read must not stop the others.
      const { response } = error as { response?: RecordSetResponse };
      if (response?.responses === undefined) throw error;
      return response;
    }
  }

  /** Hands out the response. False when a part of it was an error. */
  async #handOut(
    response: RecordSetResponse,
    requested: ReadonlyMap<Position, bigint>,
    metadata: ClusterMetadata,
  ): Promise<boolean> {
    const names = new Map([...metadata.topics].map(([name, { id }]) => [id, name]));
    let isFine = response.errorCode === 0;
    for (const { topicId, partitions } of response.responses) {
      for (const fetched of partitions) {
        const position = this.#positions.get(
          nameOf({ topic: names.get(topicId) ?? '', partition: fetched.partitionIndex }),
        );
        // Revoked meanwhile, or read from a new leader; a fetch session may also return what is not requested any more.
        if (position === undefined || requested.get(position) !== position.next) continue;
        isFine = (await this.#handOutPartition(position, fetched)) && isFine;
      }
    }
    return isFine;
  }

  async #handOutPartition(position: Position, fetched: FetchedPartition): Promise<boolean> {
    if (fetched.errorCode === OFFSET_OUT_OF_RANGE) {
      position.outOfRange = position.next;
      position.next = undefined;
      position.fromStart = true;
      return true;
    }
    if (fetched.errorCode !== 0) return false;
    const { topic, partition } = position;
    for (const { lastOffset, ...decoded } of decodeRecordSet(fetched, position.next!)) {
      position.next = lastOffset + 1n;
      this.#listener.received({ topic, partition, ...decoded, lastOffset: String(lastOffset) });
      // The backlog stays in the broker; the member sends heartbeats meanwhile.
      while (!this.#closed && !(await this.#listener.hasRoom(HEARTBEAT_INTERVAL_MS)));
      if (this.#positions.get(nameOf(position)) !== position) break;
    }
    return true;
  }

  /** The committed offset; the first record there is, where nothing was committed or the offset was deleted. */
  async #findStartOffsets(): Promise<void> {
    const unknown = [...this.#positions.values()].filter(({ next }) => next === undefined);
    const committable = unknown.filter(({ fromStart }) => !fromStart);
    if (committable.length > 0) {
      const committed = await this.#member.listCommittedOffsets({
        topics: [...Map.groupBy(committable, ({ topic }) => topic)].map(([topic, positions]) => ({
          topic,
          partitions: positions.map(({ partition }) => partition),
        })),
      });
      for (const position of committable) {
        const offset = committed.get(position.topic)?.[position.partition] ?? -1n;
        if (offset < 0n) position.fromStart = true;
        else position.next = offset;
      }
    }
    const atStart = unknown.filter(({ fromStart }) => fromStart);
    if (atStart.length === 0) return;
    const first = await this.#consumer.listOffsets({
      topics: topicsOf(atStart),
      timestamp: ListOffsetTimestamps.EARLIEST,
    });
    for (const position of atStart) {
      position.next = first.get(position.topic)?.[position.partition];
      position.fromStart = position.next === undefined;
      this.#reportSkipped(position);
    }
  }

  #reportSkipped(position: Position): void {
    const { topic, partition, next: to, outOfRange: from } = position;
    if (from === undefined || to === undefined) return;
    position.outOfRange = undefined;
    if (to > from) this.#listener.skipped({ topic, partition, from: String(from), to: String(to) });
  }

  #noteFailure(error: unknown): void {
    if (this.#closed) return;
    this.#consumer.clearMetadata();
    if (!isTemporary(error)) this.#listener.failed(readable(error));
  }
}

function isReady(position: Position): position is ReadyPosition {
  return position.next !== undefined;
}

function nameOf({ topic, partition }: PartitionPlace): string {
  return `${topic}/${partition}`;
}

function topicsOf(places: readonly PartitionPlace[]): string[] {
  return [...new Set(places.map(({ topic }) => topic))];
}

function leaderOf(metadata: ClusterMetadata, topic: string, partition: number): number | undefined {
  const leader = metadata.topics.get(topic)?.partitions[partition]?.leader;
  return leader === undefined || leader < 0 ? undefined : leader;
}
