import { setTimeout as delay } from 'node:timers/promises';

/** Often at first; then less, so that many who wait long do not become a load of their own. */
const POLL_MS = { first: 20, max: 200, growth: 1.2 } as const;

/** A killed consumer is waited for by its group (10 s), its successor by the broker; then a busy machine's share. */
const WITHIN_MS = 45_000;

/** The last look may begin at the bound, and gets this long. */
const LOOK_MS_MIN = 1_000;

/** Node's timers fire at once when they are given more. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** Calls back whenever it is worth looking at once. @returns what ends that */
export type Wake = (look: () => void) => () => void;

export interface UntilOptions {
  /** An event after which it is worth looking; polling goes on beside it, more slowly. */
  readonly wake?: Wake;
  /** Ends the wait with its reason. */
  readonly signal?: AbortSignal;
}

/**
 * Waits for something to become true by looking again and again. `look` throws, or returns undefined or false, while it
 * is not. Tests wait for what they want to see, never for time to pass.
 * @param withinMs milliseconds; infinite only where `signal` is the bound
 * @returns what `look` returned @throws when the time is up, with the last result or error in the message
 */
export async function until<Result>(
  what: string,
  look: () => Result | undefined | false | Promise<Result | undefined | false>,
  withinMs = WITHIN_MS,
  { wake, signal }: UntilOptions = {},
): Promise<Result> {
  const giveUpAt = performance.now() + withinMs;
  let woken = Promise.withResolvers<void>();
  const wakeUp = (): void => woken.resolve();
  const stopWaking = wake?.(wakeUp);
  signal?.addEventListener('abort', wakeUp);
  let pollMs: number = POLL_MS.first;
  try {
    for (;;) {
      signal?.throwIfAborted();
      woken = Promise.withResolvers<void>();
      const looked = await atMost(Math.max(giveUpAt - performance.now(), LOOK_MS_MIN), lookOnce(look));
      if (looked?.result !== undefined) return looked.result;
      signal?.throwIfAborted();
      if (performance.now() > giveUpAt) {
        const last = looked === undefined ? 'none, it did not return' : looked.last;
        throw new Error(`${what}: timed out after ${withinMs} ms (last result: ${last})`);
      }
      await atMost(pollMs, woken.promise);
      pollMs = Math.min(pollMs * POLL_MS.growth, POLL_MS.max);
    }
  } finally {
    stopWaking?.();
    signal?.removeEventListener('abort', wakeUp);
  }
}

interface Looked<Result> {
  readonly result?: Result;
  readonly last: string;
}

async function lookOnce<Result>(
  look: () => Result | undefined | false | Promise<Result | undefined | false>,
): Promise<Looked<Result>> {
  try {
    const result = await look();
    return result === undefined || result === false ? { last: String(result) } : { result, last: '' };
  } catch (error) {
    return { last: error instanceof Error ? error.message : String(error) };
  }
}

/** Waits at most so many milliseconds. @returns undefined when it takes longer */
export async function atMost<Result>(milliseconds: number, wanted: Promise<Result>): Promise<Result | undefined> {
  const timer = new AbortController();
  const late = delay(Math.min(milliseconds, TIMER_MS_MAX), undefined, { signal: timer.signal }).catch(() => undefined);
  try {
    return await Promise.race([wanted, late]);
  } finally {
    timer.abort();
  }
}
