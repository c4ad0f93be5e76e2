/** A wait that can be cut short, and that remembers a call which came before it. */
export class Wakeup {
  #called = false;
  #wake: (() => void) | undefined;

  now(): void {
    this.#called = true;
    this.#wake?.();
  }

  reset(): void {
    this.#called = false;
  }

  async within(milliseconds: number): Promise<void> {
    if (this.#called || milliseconds === 0) {
      this.#called = false;
      return;
    }
    await this.#sleep(milliseconds);
    this.#called = false;
  }

  /** Sleeps through calls unless `stopped` says that the reason for the call was the end. */
  async stopOrTimeout(milliseconds: number, stopped: () => boolean): Promise<void> {
    const until = performance.now() + milliseconds;
    for (let left = milliseconds; left > 0 && !stopped(); left = until - performance.now()) await this.#sleep(left);
  }

  async #sleep(milliseconds: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }
}
