/**
 * A wait for room. A driver could pause partitions instead, but a consumer of kafkajs whose partitions are all paused
 * sleeps for its whole fetch wait before it looks again, which bounds it to the records in flight for each such sleep.
 */
export class CapacityGate {
  readonly #hasRoom: () => boolean;
  readonly #waiting = new Set<(room: boolean) => void>();
  #released = false;

  constructor(hasRoom: () => boolean) {
    this.#hasRoom = hasRoom;
  }

  /** True as soon as there is room, false when there was none in time. */
  async waitUpTo(milliseconds: number): Promise<boolean> {
    if (this.#released || this.#hasRoom()) return true;
    return new Promise<boolean>((resolve) => {
      const answer = (room: boolean): void => {
        clearTimeout(timer);
        this.#waiting.delete(answer);
        resolve(room);
      };
      const timer = setTimeout(() => answer(false), milliseconds);
      this.#waiting.add(answer);
    });
  }

  /** To be called when something has been finished. */
  notify(): void {
    if (this.#waiting.size > 0 && (this.#released || this.#hasRoom()))
      for (const answer of [...this.#waiting]) answer(true);
  }

  /** Ends every wait: at a stop. */
  release(): void {
    this.#released = true;
    this.notify();
  }
}
