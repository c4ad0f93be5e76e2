/** What was made or started, deleted and ended in the reverse order. One failure does not keep the others. */
export class Cleanup {
  readonly #steps: Array<() => Promise<unknown>> = [];
  readonly #first: () => Promise<unknown>;
  #running: Promise<unknown> = Promise.resolve();

  /** @param first is run before all the others */
  constructor(first: () => Promise<unknown> = async () => {}) {
    this.#first = first;
  }

  add(step: () => Promise<unknown>): void {
    this.#steps.push(step);
  }

  /** Also waits for a run that has begun already. */
  async run(): Promise<void> {
    const before = this.#running;
    const running = before.then(async () => this.#runAll());
    this.#running = running.catch(() => {});
    return running;
  }

  async #runAll(): Promise<void> {
    const problems: unknown[] = [];
    for (const step of [this.#first, ...this.#steps.splice(0).toReversed()]) {
      try {
        await step();
      } catch (error) {
        problems.push(error);
      }
    }
    if (problems.length > 0) throw new AggregateError(problems, 'not everything could be deleted');
  }
}
