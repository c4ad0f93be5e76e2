import { setTimeout as delay } from 'node:timers/promises';
import { note } from './screen.ts';

/** Short against each step of the flow, long against the cost of looking. */
const POLL_MS = 5;

/** Longer than any step takes on a busy machine, shorter than a person's patience. */
const BOUND_MS = 20_000;

/** Who waits longer wants to know for what. */
const SAY_AFTER_MS = 2_000;

export class NotSeen extends Error {
  constructor(what: string, lastSight: string) {
    super(`${what}: not seen within ${BOUND_MS / 1_000} s${lastSight === '' ? '' : ` (last sight: ${lastSight})`}`);
    this.name = 'NotSeen';
  }
}

/** Looks until there is something to see. `look` throws or returns undefined while there is not. */
export async function waitFor<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const startedAt = performance.now();
  let said = false;
  let lastSight = '';
  for (;;) {
    try {
      const sight = await look();
      if (sight !== undefined) return sight;
    } catch (error) {
      lastSight = error instanceof Error ? error.message : String(error);
    }
    const waited = performance.now() - startedAt;
    if (waited > BOUND_MS) throw new NotSeen(what, lastSight);
    if (waited > SAY_AFTER_MS && !said) {
      said = true;
      note(`waiting for ${what}`);
    }
    await delay(POLL_MS);
  }
}
