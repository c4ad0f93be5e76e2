import { writeSync } from 'node:fs';
import type { DestinationStream } from 'pino';
import { LOG_LINE_RETRY_MS, LOG_LINE_WAIT_MS_MAX } from '../limits.ts';

export interface LostLines {
  readonly lines: number;
  /** ISO 8601. */
  readonly since: string;
  /** Such as ENOSPC or EPIPE. */
  readonly code: string;
}

/**
 * Where log lines are written. A line that cannot be written, as on a full disk or to a closed pipe, is counted and never
 * ends the process: the service works without a log. `recovered` is called when a line can be written again.
 */
export class LogOutput implements DestinationStream {
  readonly #descriptor: number;
  readonly #recovered: (lost: LostLines) => void;
  #lost: LostLines | undefined;
  /** The last line may have been written in part: the next one begins on a line of its own. */
  #isTorn = false;

  constructor(descriptor: number, recovered: (lost: LostLines) => void) {
    this.#descriptor = descriptor;
    this.#recovered = recovered;
  }

  /** Lines that could not be written since the last that could. */
  get lost(): LostLines | undefined {
    return this.#lost;
  }

  write(line: string): void {
    try {
      // Waits once: a stalled reader must not delay the service at every line.
      const waitMs = this.#lost === undefined ? LOG_LINE_WAIT_MS_MAX : 0;
      writeWhole(this.#descriptor, Buffer.from(this.#isTorn ? `\n${line}` : line), waitMs);
    } catch (error) {
      const { code = 'unknown' } = error as NodeJS.ErrnoException;
      this.#isTorn = true;
      this.#lost = { lines: (this.#lost?.lines ?? 0) + 1, since: this.#lost?.since ?? new Date().toISOString(), code };
      return;
    }
    this.#isTorn = false;
    const lost = this.#lost;
    this.#lost = undefined;
    if (lost !== undefined) this.#recovered(lost);
  }
}

/** A pipe with a slow reader takes a part, or nothing for now (EAGAIN). */
function writeWhole(descriptor: number, bytes: Buffer, waitMsMax: number): void {
  let waitedMs = 0;
  for (let written = 0; written < bytes.length;) {
    try {
      written += writeSync(descriptor, bytes, written);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || waitedMs >= waitMsMax) throw error;
      Atomics.wait(PAUSE, 0, 0, LOG_LINE_RETRY_MS);
      waitedMs += LOG_LINE_RETRY_MS;
    }
  }
}

const PAUSE = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
