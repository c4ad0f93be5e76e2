/** Runs tasks in the order in which they came, at most `atOnce` at the same time. */
export class InTurn {
  readonly #waiting: Array<() => Promise<void>> = [];
  readonly #atOnce: number;
  #running = 0;
  #idle: PromiseWithResolvers<void> | undefined;
  #stopped = false;

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  add(task: () => Promise<void>): void {
    if (this.#stopped) return;
    this.#waiting.push(task);
    this.#next();
  }

  /** Forgets what has not begun, and resolves when the rest has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#waiting.length = 0;
    if (this.#running === 0) return;
    this.#idle ??= Promise.withResolvers();
    await this.#idle.promise;
  }

  #next(): void {
    if (this.#running >= this.#atOnce) return;
    const task = this.#waiting.shift();
    if (task === undefined) return;
    this.#running++;
    void task().finally(() => {
      this.#running--;
      if (this.#running === 0 && this.#stopped) this.#idle?.resolve();
      this.#next();
    });
  }
}
