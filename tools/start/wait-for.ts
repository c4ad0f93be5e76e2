import { until } from '../test-kit/until.ts';
import { note } from './screen.ts';

/** Longer than any step takes on a busy machine, shorter than a person's patience. */
const BOUND_MS = 20_000;

/** Who waits longer wants to know for what. */
const SAY_AFTER_MS = 2_000;

/** Looks until there is something to see. `look` throws or returns undefined while there is not. */
export async function waitFor<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const timer = setTimeout(() => note(`waiting for ${what}`), SAY_AFTER_MS);
  try {
    return await until(what, look, BOUND_MS);
  } finally {
    clearTimeout(timer);
  }
}
