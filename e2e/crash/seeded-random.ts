/** Random numbers that are the same for the same seed and purpose. */
export class SeededRandom {
  #state: number;

  constructor(seed: number, ...purpose: readonly string[]) {
    this.#state = Buffer.from(purpose.join('/')).reduce((hash, byte) => Math.imul(hash ^ byte, 0x0100_0193), seed);
  }

  /** From `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.#next() * (most - least + 1));
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.between(0, items.length - 1)]!;
  }

  /** Mulberry32: small, and good enough for choosing a moment. */
  #next(): number {
    this.#state = (this.#state + 0x6d2b_79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}
