/** Tells those who wait for something that it has changed, so that they look again. */
export class Changes {
  #next = Promise.withResolvers<void>();

  /** Resolves with the next change. */
  get next(): Promise<void> {
    return this.#next.promise;
  }

  report(): void {
    this.#next.resolve();
    this.#next = Promise.withResolvers();
  }
}
