import { isOutage } from './consume/is-outage.ts';

/** Does many things in one go. The results are in the order of the items. */
type Together<Item, Result> = (items: readonly Item[]) => Promise<readonly Result[]>;

interface Waiting<Item, Result> extends Pick<PromiseWithResolvers<Result>, 'resolve' | 'reject'> {
  readonly item: Item;
}

/**
 * Makes one call of many: what is asked for in one turn of the event loop goes together, and what is asked for while that is
 * on its way goes together next. So nobody waits for a batch to fill, and the busier it is the less each one costs.
 *
 * When a call fails, each of its items is tried alone, so that one that fails by itself fails nobody else.
 */
export class Gather<Item, Result> {
  readonly #max: number;
  readonly #together: Together<Item, Result>;
  readonly #waiting: Array<Waiting<Item, Result>> = [];
  #busy = false;

  constructor(max: number, together: Together<Item, Result>) {
    this.#max = max;
    this.#together = together;
  }

  async add(item: Item): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    this.#waiting.push({ item, resolve, reject });
    if (!this.#busy) {
      this.#busy = true;
      setImmediate(() => void this.#work());
    }
    return promise;
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0) await this.#settle(this.#waiting.splice(0, this.#max));
    this.#busy = false;
  }

  async #settle(batch: ReadonlyArray<Waiting<Item, Result>>): Promise<void> {
    try {
      const results = await this.#together(batch.map(({ item }) => item));
      for (const [index, { resolve }] of batch.entries()) resolve(results[index]!);
    } catch (error) {
      // What is away is away for each of them.
      if (batch.length === 1 || isOutage(error)) for (const { reject } of batch) reject(error);
      else for (const one of batch) await this.#settle([one]);
    }
  }
}

/** A gather for each thing on which it is done, such as the transaction that several writes share. */
export class GatherBy<On extends object, Item, Result> {
  readonly #max: number;
  readonly #together: (on: On, items: readonly Item[]) => Promise<readonly Result[]>;
  readonly #gathers = new WeakMap<On, Gather<Item, Result>>();

  constructor(max: number, together: (on: On, items: readonly Item[]) => Promise<readonly Result[]>) {
    this.#max = max;
    this.#together = together;
  }

  of(on: On): Gather<Item, Result> {
    let gather = this.#gathers.get(on);
    if (gather === undefined) {
      gather = new Gather(this.#max, async (items) => this.#together(on, items));
      this.#gathers.set(on, gather);
    }
    return gather;
  }
}
