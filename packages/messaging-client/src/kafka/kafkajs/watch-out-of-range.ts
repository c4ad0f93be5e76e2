import { createRequire } from 'node:module';
import type { SkippedOffsets } from '../driver.ts';

/**
 * When the broker does not have its offset any more, kafkajs 2.2.4 continues at the first record there is, forgets its position, and
 * reports nothing. This compares the two positions, in the part of kafkajs that has both.
 */
interface OffsetManager {
  readonly memberId: string;
  committedOffsets(): Record<string, Record<number, string>>;
  nextOffset(topic: string, partition: number): { toString(): string };
  setDefaultOffset(place: { topic: string; partition: number }): Promise<void>;
  resolveOffsets(): Promise<void>;
}

type Listener = (offsets: SkippedOffsets) => void;

const listeners = new Map<string, Listener>();

/** The position of a manager in the partitions whose offset was out of range, until it has their first offset. */
const outOfRange = new WeakMap<OffsetManager, Map<string, Omit<SkippedOffsets, 'to'>>>();

/** Reports what the member skips. To be called when it joins, and again after each change of its id. */
export function watchOutOfRange(memberId: string, listener: Listener): void {
  listeners.set(memberId, listener);
}

export function endWatchOutOfRange(memberId: string | undefined): void {
  if (memberId !== undefined) listeners.delete(memberId);
}

const { prototype } = createRequire(import.meta.url)('kafkajs/src/consumer/offsetManager') as {
  prototype: OffsetManager;
};
const { setDefaultOffset, resolveOffsets } = prototype;

prototype.setDefaultOffset = async function setAndRemember(this: OffsetManager, place): Promise<void> {
  const { topic, partition } = place;
  const from = String(this.nextOffset(topic, partition));
  await setDefaultOffset.call(this, place);
  const lost = outOfRange.get(this) ?? new Map<string, Omit<SkippedOffsets, 'to'>>();
  lost.set(`${topic}/${partition}`, { topic, partition, from });
  outOfRange.set(this, lost);
};

prototype.resolveOffsets = async function resolveAndCompare(this: OffsetManager): Promise<void> {
  await resolveOffsets.call(this);
  const lost = outOfRange.get(this);
  if (lost === undefined) return;
  outOfRange.delete(this);
  for (const { topic, partition, from } of lost.values()) {
    const to = this.committedOffsets()[topic]?.[partition];
    if (to !== undefined && BigInt(to) > BigInt(from)) listeners.get(this.memberId)?.({ topic, partition, from, to });
  }
};
