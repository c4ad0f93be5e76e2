/** Collects what is acknowledged together. */
export class Together<Item> {
  readonly #count: number;
  readonly #acknowledge: (items: readonly Item[]) => unknown;
  #items: Item[] = [];

  /** @param acknowledge gets the items in the order in which they were added, `count` of them */
  constructor(count: number, acknowledge: (items: readonly Item[]) => unknown) {
    this.#count = count;
    this.#acknowledge = acknowledge;
  }

  /** Resolves when it is acknowledged, or when it waits for the others of its batch. */
  async add(item: Item): Promise<void> {
    this.#items.push(item);
    if (this.#items.length < this.#count) return;
    const items = this.#items;
    this.#items = [];
    await this.#acknowledge(items);
  }
}
