/** An offset that was taken, and whether its record is finished. */
export interface OffsetInFlight {
  readonly offset: bigint;
  isFinished: boolean;
}

/**
 * How far one partition is finished. Records finish in any order; what may be committed is the first offset below which
 * all are finished, so that a restart never skips one.
 */
export class PartitionProgress {
  /** Ascending; finished ones are taken from the front. */
  readonly #inFlight: OffsetInFlight[] = [];
  #front = 0;
  #first: bigint | undefined;
  #highest = -1n;
  #watermark: bigint | undefined;
  #committed: bigint | undefined;

  /** Undefined when it was taken before (fetched again after a rebalance). */
  take(offset: bigint): OffsetInFlight | undefined {
    if (offset <= this.#highest) return undefined;
    this.#first ??= offset;
    this.#highest = offset;
    const entry = { offset, isFinished: false };
    this.#inFlight.push(entry);
    return entry;
  }

  finish(entry: OffsetInFlight): void {
    entry.isFinished = true;
    this.#advance();
  }

  /** The first offset that was not taken yet; 0 when none was. */
  get next(): bigint {
    return this.#highest + 1n;
  }

  /** The offset to commit (the next to be read), or undefined when it is committed already. */
  get toCommit(): bigint | undefined {
    return this.#watermark === this.#committed ? undefined : this.#watermark;
  }

  /**
   * Nothing below what was committed is given to the same holder again, nor below what it was given first, unless the topic
   * itself was recreated.
   */
  isBeforeCommitted(offset: bigint): boolean {
    const from = this.#committed ?? this.#first;
    return from !== undefined && offset < from;
  }

  committed(offset: bigint): void {
    this.#committed = offset;
  }

  #advance(): void {
    while (this.#front < this.#inFlight.length && this.#inFlight[this.#front]!.isFinished) {
      this.#watermark = this.#inFlight[this.#front]!.offset + 1n;
      this.#front += 1;
    }
    // Cutting the array at each record would make the front quadratic.
    if (this.#front > 1_024 || this.#front === this.#inFlight.length) {
      this.#inFlight.splice(0, this.#front);
      this.#front = 0;
    }
  }
}
