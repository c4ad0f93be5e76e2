import { isOutage, isTimeout } from './is-outage.ts';
import { BATCHER_RETRIES_AT_ONCE_MAX } from '../limits.ts';
import { Semaphore } from '../semaphore.ts';

/** Does many things in one go. The results are in the order of the items. */
type Together<Item, Result> = (items: readonly Item[]) => Promise<readonly Result[]>;

interface Waiting<Item, Result> extends Pick<PromiseWithResolvers<Result>, 'resolve' | 'reject'> {
  readonly item: Item;
}

/** After a call of `from` items or more the next one waits for `enough` of them, or so long. */
export interface WaitForMore {
  readonly from: number;
  readonly enough: number;
  readonly milliseconds: number;
}

const NEVER_WAIT: WaitForMore = { from: Number.POSITIVE_INFINITY, enough: 0, milliseconds: 0 };

/**
 * Makes one call of many: the items added in one turn of the event loop go together, and those added while that call is
 * in flight go together next. So no caller waits for a batch to fill, and the busier it is the less each item costs. Where a
 * call costs much and an item little, waiting for more lets the calls of a busy time grow further.
 *
 * When a call fails, each of its items is retried alone, so that an item that fails by itself does not fail the others; after
 * a time-out concurrently with the calls that follow.
 */
export class CallBatcher<Item, Result> {
  readonly #max: number;
  readonly #together: Together<Item, Result>;
  readonly #waitForMore: WaitForMore;
  readonly #waiting: Array<Waiting<Item, Result>> = [];
  readonly #alone = new Semaphore(BATCHER_RETRIES_AT_ONCE_MAX);
  #busy = false;
  #enough: (() => void) | undefined;

  constructor(max: number, together: Together<Item, Result>, waitForMore = NEVER_WAIT) {
    this.#max = max;
    this.#together = together;
    this.#waitForMore = waitForMore;
  }

  add(item: Item): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    this.#waiting.push({ item, resolve, reject });
    if (!this.#busy) {
      this.#busy = true;
      setImmediate(() => void this.#work());
    }
    if (this.#waiting.length >= this.#waitForMore.enough) this.#enough?.();
    return promise;
  }

  async #work(): Promise<void> {
    let last = 0;
    while (this.#waiting.length > 0) {
      if (last >= this.#waitForMore.from) await this.#untilEnough();
      const batch = this.#waiting.splice(0, this.#max);
      last = batch.length;
      await this.#settle(batch);
    }
    this.#busy = false;
  }

  async #untilEnough(): Promise<void> {
    const { enough, milliseconds } = this.#waitForMore;
    if (this.#waiting.length >= enough) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, milliseconds);
    this.#enough = resolve;
    await promise;
    this.#enough = undefined;
    clearTimeout(timer);
  }

  async #settle(batch: ReadonlyArray<Waiting<Item, Result>>): Promise<void> {
    try {
      const results = await this.#together(batch.map(({ item }) => item));
      for (const [index, { resolve }] of batch.entries()) resolve(results[index]!);
    } catch (error) {
      // What is unavailable is so for each of them.
      if (batch.length === 1 || isOutage(error)) for (const { reject } of batch) reject(error);
      // Each may take as long again: other calls continue meanwhile.
      else if (isTimeout(error)) for (const one of batch) void this.#alone.run(async () => this.#settle([one]));
      else for (const one of batch) await this.#settle([one]);
    }
  }
}
