import { setTimeout as delay } from 'node:timers/promises';

/** Often at first; then less, so that many who wait long do not become a load of their own. */
const POLL_MS = { first: 20, max: 200, growth: 1.2 } as const;

/** A killed consumer is waited for by its group (10 s), its successor by the broker; then a busy machine's share. */
const WITHIN_MS = 45_000;

/** Calls back whenever it is worth looking at once. @returns what ends that */
export type Wake = (look: () => void) => () => void;

/**
 * Waits for something to become true by looking again and again. `look` throws, or returns undefined or false, while it
 * is not. Tests wait for what they want to see, never for time to pass.
 * @returns what `look` returned @throws when the time is up, with the last result in the message
 */
export async function until<Result>(
  what: string,
  look: () => Result | undefined | false | Promise<Result | undefined | false>,
  withinMs = WITHIN_MS,
  wake?: Wake,
): Promise<Result> {
  const giveUpAt = performance.now() + withinMs;
  let woken = Promise.withResolvers<void>();
  const stopWaking = wake?.(() => woken.resolve());
  let pollMs: number = POLL_MS.first;
  try {
    for (;;) {
      woken = Promise.withResolvers<void>();
      let last: string;
      try {
        const result = await look();
        if (result !== undefined && result !== false) return result;
        last = String(result);
      } catch (error) {
        last = error instanceof Error ? error.message : String(error);
      }
      if (performance.now() > giveUpAt)
        throw new Error(`${what}: timed out after ${withinMs} ms (last result: ${last})`);
      await atMost(pollMs, woken.promise);
      pollMs = Math.min(pollMs * POLL_MS.growth, POLL_MS.max);
    }
  } finally {
    stopWaking?.();
  }
}

async function atMost(milliseconds: number, woken: Promise<void>): Promise<void> {
  const timer = new AbortController();
  await Promise.race([woken, delay(milliseconds, undefined, { signal: timer.signal }).catch(() => undefined)]);
  timer.abort();
}
