import { PATIENCE_MS, QUIET_MS } from '../basics/limits.ts';
import { Changes } from './changes.ts';

/** Counts what arrives, and knows when to stop waiting. */
export class Collector {
  readonly bodies: string[] = [];
  readonly #distinct = new Set<string>();
  readonly #changes = new Changes();
  readonly startedAt = performance.now();
  /** When the latest one came, in milliseconds from the start. */
  lastMs = 0;

  add(body: string): void {
    this.bodies.push(body);
    this.#distinct.add(body);
    this.lastMs = performance.now() - this.startedAt;
    this.#changes.report();
  }

  get distinct(): number {
    return this.#distinct.size;
  }

  has(body: string): boolean {
    return this.#distinct.has(body);
  }

  /** Resolves when so many different ones came, or with false when nothing came for a while. */
  async until(distinct: number, quietMs = QUIET_MS): Promise<boolean> {
    return this.untilTrue(() => this.#distinct.size >= distinct, quietMs);
  }

  /** The same where all have to come: rejects when nothing came for a long while, and some are missing. */
  async untilAll(distinct: number): Promise<void> {
    if (!(await this.until(distinct, PATIENCE_MS))) throw new Error(`${this.distinct} of ${distinct} messages came`);
  }

  /** The same for any condition. */
  async untilTrue(isEnough: () => boolean, quietMs = QUIET_MS): Promise<boolean> {
    while (!isEnough()) {
      if (await isQuiet(this.#changes.next, quietMs)) return isEnough();
    }
    return true;
  }
}

/** Whether so much time passed before `changed` resolved. */
export async function isQuiet(changed: Promise<void>, quietMs = QUIET_MS): Promise<boolean> {
  const { promise: quiet, resolve } = Promise.withResolvers<true>();
  const timer = setTimeout(resolve, quietMs, true);
  try {
    return await Promise.race([changed.then(() => false), quiet]);
  } finally {
    clearTimeout(timer);
  }
}
