/** Upper bounds of the classes, in seconds: from a fast SSD to a disk that is about to fail. */
const SYNC_SECONDS = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10] as const;

/** What the disk did for the logs of one data folder, for `/metrics`. */
export class DiskMeasures {
  /** Appends that the disk did not take; the producer got KAFKA_STORAGE_ERROR. */
  failedAppends = 0;
  /** Compactions of a log, and by how many bytes they made logs smaller. */
  compactions = 0;
  compactedAwayBytes = 0;
  readonly #syncs = SYNC_SECONDS.map((upTo) => ({ upTo, count: 0 }));
  #syncCount = 0;
  #syncSeconds = 0;

  noteSync(seconds: number): void {
    this.#syncCount += 1;
    this.#syncSeconds += seconds;
    for (const each of this.#syncs) if (seconds <= each.upTo) each.count += 1;
  }

  /** A Prometheus histogram: in each class the syncs that took no longer than its bound. */
  get syncs(): { readonly classes: ReadonlyArray<{ upTo: number; count: number }>; count: number; seconds: number } {
    return { classes: this.#syncs, count: this.#syncCount, seconds: this.#syncSeconds };
  }
}
