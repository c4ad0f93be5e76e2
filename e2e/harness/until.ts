import { setTimeout as delay } from 'node:timers/promises';

/** Often at first; then less, so that many who wait long do not become a load of their own. */
const POLL_MS = { first: 20, max: 200, growth: 1.2 } as const;

/** A killed consumer is waited for by its group (10 s), its successor by the broker; then a busy machine's share. */
export const PATIENCE_MS = 45_000;

/**
 * Waits for something to become true by looking again and again, and says what it was when it does not. Tests wait for
 * what they want to see, never for time to pass.
 */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  boundMs = PATIENCE_MS,
): Promise<T> {
  const giveUpAt = performance.now() + boundMs;
  let lastSight = 'nothing';
  let pollMs: number = POLL_MS.first;
  for (;;) {
    try {
      const sight = await look();
      if (sight !== undefined && sight !== false) return sight;
    } catch (error) {
      lastSight = error instanceof Error ? error.message : String(error);
    }
    if (performance.now() > giveUpAt)
      throw new Error(`${what}: not so within ${boundMs} ms (last sight: ${lastSight})`);
    await delay(pollMs);
    pollMs = Math.min(pollMs * POLL_MS.growth, POLL_MS.max);
  }
}
