import { setTimeout as delay } from 'node:timers/promises';
import type { LogFile } from './log-file.ts';

/** Short against everything that is waited for, long against the cost of asking. */
const POLL_MS = 15;

/** An answer that takes longer is asked for again: the part may have been stopped in the middle of it. */
const ANSWER_TIMEOUT_MS = 2_000;

/** Until the address answers 2xx. Bounded by whoever waits, through the signal. */
export async function awaitHttpOk(url: () => string, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    try {
      const response = await fetch(url(), {
        signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]),
      });
      await response.body?.cancel();
      if (response.ok) return;
    } catch {
      // Not listening yet.
    }
    await delay(POLL_MS, undefined, { signal });
  }
}

/** Until the part has said so. */
export async function awaitLogLine(log: LogFile, line: RegExp, signal: AbortSignal): Promise<void> {
  while (!line.test(log.tail())) await delay(POLL_MS, undefined, { signal });
}
