import { watch } from 'node:fs';
import type { Wake } from '../test-kit/until.ts';
import { until } from '../test-kit/until.ts';
import type { LogFile } from './log-file.ts';

/** An answer that takes longer is requested again: the part may have been stopped in the middle of it. */
const ANSWER_TIMEOUT_MS = 2_000;

/** A part may wait for another one for hours; its end is what ends the wait. */
const NO_BOUND = Number.POSITIVE_INFINITY;

/** Resolves when the address answers 2xx. A service logs when it is ready, so each line of its log is worth a look. */
export async function awaitHttpOk(url: () => string, log: LogFile, signal: AbortSignal): Promise<void> {
  const look = async (): Promise<boolean> => {
    const response = await fetch(url(), {
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]),
    });
    await response.body?.cancel();
    return response.ok;
  };
  await until(`an answer from ${url()}`, look, NO_BOUND, { wake: whenItGrows(log), signal });
}

/** Resolves when the part has written the line. */
export async function awaitLogLine(log: LogFile, line: RegExp, signal: AbortSignal): Promise<void> {
  await until(`${line.source} in ${log.path}`, () => line.test(log.tail()), NO_BOUND, {
    wake: whenItGrows(log),
    signal,
  });
}

/** Polling goes on beside it, because not every file system reports changes. */
function whenItGrows(log: LogFile): Wake {
  return (look) => {
    try {
      const watcher = watch(log.path, look).on('error', () => undefined);
      return () => watcher.close();
    } catch {
      return () => undefined; // as many files are watched as this machine allows
    }
  };
}
