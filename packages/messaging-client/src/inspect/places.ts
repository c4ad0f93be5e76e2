import type { Admin } from 'kafkajs';
import type { Cluster } from './cluster.ts';
import { InspectError } from './inspect-error.ts';
import type { Place } from './place.ts';

/** The log of a partition: the records from `first` on, before `next`. */
export interface PartitionEnds {
  readonly partition: number;
  /** Of the first record that is kept. */
  readonly first: bigint;
  /** Of the record that comes next. */
  readonly next: bigint;
}

/** @throws InspectError when there is no such topic; reading must not create one */
export async function requireTopics(admin: Admin, topics: readonly string[]): Promise<void> {
  const known = await admin.listTopics();
  const missing = topics.find((topic) => !known.includes(topic));
  if (missing === undefined) return;
  const shown = known.filter((topic) => !isInternal(topic)).sort();
  throw new InspectError('unknown', `there is no topic ${missing}`, `There are: ${shown.join(', ') || 'none'}.`, {
    kind: 'topic',
    name: missing,
  });
}

/** Whether a topic is one of the broker's own, such as `__consumer_offsets`. */
export function isInternal(topic: string): boolean {
  return topic.startsWith('__');
}

/** The ends of each partition of a topic, in the order of the partitions. */
export async function findEnds(admin: Admin, topic: string): Promise<PartitionEnds[]> {
  const offsets = await admin.fetchTopicOffsets(topic);
  return offsets
    .map(({ partition, low, high }) => ({ partition, first: BigInt(low), next: BigInt(high) }))
    .sort((one, other) => one.partition - other.partition);
}

/**
 * One side of the log of every partition, by topic: of all topics in one request to each broker.
 * The topics have to exist.
 */
export async function findOffsetsOfTopics(
  cluster: Cluster,
  topics: readonly string[],
  side: 'first' | 'next',
): Promise<Map<string, ReadonlyMap<number, bigint>>> {
  await cluster.addMultipleTargetTopics(topics);
  const found = await cluster.fetchTopicsOffset(
    topics.map((topic) => ({
      topic,
      partitions: cluster.findTopicPartitionMetadata(topic).map(({ partitionId: partition }) => ({ partition })),
      fromBeginning: side === 'first',
    })),
  );
  return new Map(
    found.map(({ topic, partitions }) => [
      topic,
      new Map(partitions.map(({ partition, offset }) => [partition, BigInt(offset)])),
    ]),
  );
}

/** The offset of a position in each partition, never outside of its log. */
export async function findOffsets(
  admin: Admin,
  topic: string,
  ends: readonly PartitionEnds[],
  place: Place,
): Promise<Map<number, bigint>> {
  const within = ({ first, next }: PartitionEnds, offset: bigint): bigint => {
    if (offset < first) return first;
    return offset > next ? next : offset;
  };
  if (place.kind !== 'time') {
    const wanted = (end: PartitionEnds): bigint => {
      if (place.kind === 'offset') return place.offset;
      return place.kind === 'start' ? end.first : end.next;
    };
    return new Map(ends.map((end) => [end.partition, within(end, wanted(end))]));
  }
  const found = await admin.fetchTopicOffsetsByTimestamp(topic, place.time.getTime());
  const byPartition = new Map(found.map(({ partition, offset }) => [partition, BigInt(offset)]));
  return new Map(
    ends.map((end) => {
      const offset = byPartition.get(end.partition) ?? -1n;
      // No record is that young.
      return [end.partition, offset < 0n ? end.next : within(end, offset)];
    }),
  );
}
