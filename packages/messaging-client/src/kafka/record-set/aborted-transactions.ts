import type { FetchedRecord } from '../driver.ts';
import type { BatchHeader } from './batch-header.ts';

export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: bigint;
}

/** The type of a marker is the second number of its key. */
const MARKER_TYPE_AT = 2;
const ABORT = 0;

/**
 * Which batches of a fetch belong to aborted transactions. A broker sends them like others, with a list of the first offset of each;
 * the marker among the batches ends it.
 */
export class AbortedTransactions {
  readonly #toCome: AbortedTransaction[];
  readonly #open = new Set<bigint>();

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#toCome = aborted.toSorted((one, other) => (one.firstOffset < other.firstOffset ? -1 : 1));
  }

  /** To be called for every batch, in order. */
  includes({ isTransactional, isControl, producerId, firstOffset, lastOffsetDelta }: BatchHeader): boolean {
    const last = firstOffset + BigInt(lastOffsetDelta);
    while (this.#toCome.length > 0 && this.#toCome[0]!.firstOffset <= last) {
      this.#open.add(this.#toCome.shift()!.producerId);
    }
    return isTransactional && !isControl && this.#open.has(producerId);
  }

  /** To be called for every control batch. */
  marked({ producerId }: BatchHeader, [marker]: readonly FetchedRecord[]): void {
    const key = marker?.key;
    if (key != null && key.length >= MARKER_TYPE_AT + 2 && key.readInt16BE(MARKER_TYPE_AT) === ABORT) {
      this.#open.delete(producerId);
    }
  }
}
