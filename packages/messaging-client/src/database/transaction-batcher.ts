interface Waiting<Item, Result> extends Pick<PromiseWithResolvers<Result>, 'resolve' | 'reject'> {
  readonly item: Item;
}

/**
 * Makes one call, or as few as its bound allows, of what is asked for at the same moment on one thing, such as the transaction
 * that several writes share. It is made before the caller does anything else, so that a write that nobody awaits still
 * comes before the commit.
 */
export class TransactionBatcher<On extends object, Item, Result> {
  readonly #max: number;
  readonly #together: (on: On, items: readonly Item[]) => Promise<readonly Result[]>;
  readonly #waiting = new Map<On, Array<Waiting<Item, Result>>>();

  constructor(max: number, together: (on: On, items: readonly Item[]) => Promise<readonly Result[]>) {
    this.#max = max;
    this.#together = together;
  }

  /** Resolves to the result of its item; rejects as the call does that it is part of. */
  add(on: On, item: Item): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    const waiting = this.#waiting.get(on);
    if (waiting !== undefined) waiting.push({ item, resolve, reject });
    else {
      this.#waiting.set(on, [{ item, resolve, reject }]);
      queueMicrotask(() => void this.#begin(on));
    }
    return promise;
  }

  async #begin(on: On): Promise<void> {
    const waiting = this.#waiting.get(on)!;
    this.#waiting.delete(on);
    while (waiting.length > 0) await this.#settle(on, waiting.splice(0, this.#max));
  }

  async #settle(on: On, batch: ReadonlyArray<Waiting<Item, Result>>): Promise<void> {
    try {
      const results = await this.#together(
        on,
        batch.map(({ item }) => item),
      );
      for (const [index, { resolve }] of batch.entries()) resolve(results[index]!);
    } catch (error) {
      // What they share, a transaction say, is of no more use to any of them.
      for (const { reject } of batch) reject(error);
    }
  }
}
