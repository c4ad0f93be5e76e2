import type { AbortedTransaction } from '../log/segment-indexes.ts';
import type { BatchHeader } from '../wire/record-batch.ts';

interface AbortedSeen {
  readonly transaction: AbortedTransaction;
  /** Whether a batch of it is still in the log. */
  hasBatches: boolean;
}

/** Which transactions the batches belong to, for a walk through a log in order of offsets from its beginning. */
export class TransactionsSeen {
  /** Those that begin later, by their first offset, the first one last. */
  private readonly ahead: AbortedTransaction[];
  /** Aborted ones that have begun, by producer. */
  private readonly aborted = new Map<number, AbortedSeen>();
  /** Producers of batches whose marker is to come. */
  private readonly committed = new Set<number>();

  constructor(aborted: readonly AbortedTransaction[]) {
    this.ahead = aborted.toSorted((a, b) => b.firstOffset - a.firstOffset);
  }

  /** True for a batch of an aborted transaction: no reader needs its records. */
  isAborted(header: BatchHeader): boolean {
    this.advanceTo(header.lastOffset);
    if (!header.isTransactional) return false;
    const aborted = this.aborted.get(header.producerId);
    if (aborted) aborted.hasBatches = true;
    else this.committed.add(header.producerId);
    return aborted !== undefined;
  }

  /**
   * For a marker. While the log has a batch of its transaction, also an empty one, the marker stays: readers would wait for it.
   * `abortedTransaction`: what such a marker ends, if it was aborted.
   */
  endedBy(header: BatchHeader, isCommit: boolean): { isNeeded: boolean; abortedTransaction?: AbortedTransaction } {
    this.advanceTo(header.lastOffset);
    // Emptied by an earlier compaction.
    if (header.recordCount === 0) return { isNeeded: false };
    if (isCommit) return { isNeeded: this.committed.delete(header.producerId) };
    const aborted = this.aborted.get(header.producerId);
    this.aborted.delete(header.producerId);
    return aborted?.hasBatches ? { isNeeded: true, abortedTransaction: aborted.transaction } : { isNeeded: false };
  }

  private advanceTo(offset: number): void {
    for (let next = this.ahead.at(-1); next && next.firstOffset <= offset; next = this.ahead.at(-1)) {
      this.ahead.pop();
      // Of two of one producer the first ends before the second begins.
      this.aborted.set(next.producerId, { transaction: next, hasBatches: false });
    }
  }
}
