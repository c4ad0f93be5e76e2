import type { SkippedOffsets } from '../kafka/driver.ts';
import { RECORDS_SKIPPED_WARNED_MS, SKIPPED_PARTITIONS_REMEMBERED_MAX } from '../limits.ts';
import type { MessageEvents } from '../observe/message-events.ts';
import { partitionName } from './held-partition.ts';

interface Skipped extends SkippedOffsets {
  readonly at: Date;
}

/** What the broker deleted before this instance had read it: reported at once, and a warning for a day. */
export class SkippedRecords {
  readonly #events: MessageEvents;
  /** Of each partition the last. */
  readonly #last = new Map<string, Skipped>();

  constructor(events: MessageEvents) {
    this.#events = events;
  }

  /** `next`: the first offset of the partition that was not received yet; after a rebalance the driver may stand before it. */
  add({ topic, partition, from, to }: SkippedOffsets, next: bigint): void {
    const first = BigInt(from) < next ? next : BigInt(from);
    const records = BigInt(to) - first;
    if (records <= 0n) return;
    const skipped = { topic, partition, from: String(first), to };
    this.#events.emit('records.skipped', { ...skipped, records: Number(records) });
    const name = partitionName(skipped);
    // The newest is the last.
    this.#last.delete(name);
    this.#last.set(name, { ...skipped, at: new Date() });
    const [oldest] = this.#last.keys();
    if (this.#last.size > SKIPPED_PARTITIONS_REMEMBERED_MAX) this.#last.delete(oldest!);
  }

  /** A sentence for each partition. */
  warnings(): string[] {
    const since = Date.now() - RECORDS_SKIPPED_WARNED_MS;
    return [...this.#last.values()]
      .filter(({ at }) => at.getTime() >= since)
      .map(
        ({ topic, partition, from, to, at }) =>
          `${topic}/${partition}: ${deleted(BigInt(from), BigInt(to))}, seen at ${at.toISOString()}`,
      );
  }
}

/** `to` is the first offset that is left. */
function deleted(from: bigint, to: bigint): string {
  const last = to - 1n;
  return last === from
    ? `1 record was deleted before it was read, offset ${from}`
    : `${to - from} records were deleted before they were read, offsets ${from} to ${last}`;
}
