import { seededRandom } from '@event-bus/test-kit/seeded-random';

/** Random numbers that are the same for the same seed and purpose. */
export class SeededRandom {
  readonly #next: () => number;

  constructor(seed: number, ...purpose: readonly string[]) {
    this.#next = seededRandom(
      Buffer.from(purpose.join('/')).reduce((hash, byte) => Math.imul(hash ^ byte, 0x0100_0193), seed),
    );
  }

  /** From `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.#next() * (most - least + 1));
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.between(0, items.length - 1)]!;
  }
}
