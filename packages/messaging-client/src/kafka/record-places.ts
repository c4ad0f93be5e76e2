import type { PartitionPlace, RecordPlace } from './driver.ts';

interface Acknowledged extends PartitionPlace {
  readonly firstOffset: bigint;
}

/** A response has the first offset of each partition; within a partition records are stored in the order sent. */
export function recordPlaces(sent: readonly PartitionPlace[], acknowledged: readonly Acknowledged[]): RecordPlace[] {
  const nextOffset = new Map(
    acknowledged.map(({ topic, partition, firstOffset }) => [`${topic}/${partition}`, firstOffset]),
  );
  return sent.map(({ topic, partition }) => {
    const place = `${topic}/${partition}`;
    const offset = nextOffset.get(place);
    if (offset === undefined) throw new Error(`the broker did not acknowledge ${place}`);
    nextOffset.set(place, offset + 1n);
    return { partition, offset: String(offset) };
  });
}
