import type { Delivery } from '../delivery.ts';

/** How much of the average the latest call is. */
const LATEST_SHARE = 0.2;

/** How long the handlers of each event have taken of late. */
export class HandlerDurations {
  readonly #averageMs = new Map<string, number>();

  note({ handler }: Delivery, milliseconds: number): void {
    const { name } = handler!.event;
    const before = this.#averageMs.get(name) ?? milliseconds;
    this.#averageMs.set(name, before + LATEST_SHARE * (milliseconds - before));
  }

  /** 0 before the first call. */
  expectedMs(event: string): number {
    return this.#averageMs.get(event) ?? 0;
  }
}
