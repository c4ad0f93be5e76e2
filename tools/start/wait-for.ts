import { until } from '../test-kit/until.ts';
import { note } from './screen.ts';

/** Longer than any step takes on a busy machine. */
const BOUND_MS = 20_000;

/** After this, the screen shows what is awaited. */
const SAY_AFTER_MS = 2_000;

/** Like until(), with a line on the screen when it takes long. `look` throws or returns undefined until it succeeds. */
export async function waitFor<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const timer = setTimeout(() => note(`waiting for ${what}`), SAY_AFTER_MS);
  try {
    return await until(what, look, BOUND_MS);
  } finally {
    clearTimeout(timer);
  }
}
