import {
  closeSync,
  copyFileSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** A part that complains all night fills no disk: one file of this size and one before it. */
const LOG_BYTES_MAX = 16 * 1024 * 1024;
const CHECK_EVERY_MS = 10_000;

/** As much as a person reads after a failure, and enough to find the reason in. */
const TAIL_BYTES = 8 * 1024;

/**
 * What a part prints. It writes into the file itself, without us in between: nothing is lost when we are killed, and
 * nothing of its output costs us a turn.
 */
export class LogFile {
  readonly path: string;
  /** Where the present process began to write. */
  #start = 0;

  constructor(path: string) {
    this.path = path;
    mkdirSync(dirname(path), { recursive: true });
    if (sizeOf(path) > 0) renameSync(path, `${path}.1`);
    setInterval(() => this.#keepBounded(), CHECK_EVERY_MS).unref();
  }

  /** A descriptor for a child's stdout and stderr; close it once the child has it. */
  open(): number {
    const descriptor = openSync(this.path, 'a');
    this.#start = fstatSync(descriptor).size;
    return descriptor;
  }

  /** The last of what the present process wrote. */
  tail(bytes = TAIL_BYTES): string {
    const size = sizeOf(this.path);
    const from = Math.max(Math.min(this.#start, size), size - bytes);
    const buffer = Buffer.alloc(size - from);
    if (buffer.length === 0) return '';
    const descriptor = openSync(this.path, 'r');
    try {
      return buffer.toString('utf8', 0, readSync(descriptor, buffer, 0, buffer.length, from));
    } finally {
      closeSync(descriptor);
    }
  }

  /** The writer holds the file open for appending, so it is emptied in place and goes on at its new end. */
  #keepBounded(): void {
    if (sizeOf(this.path) <= LOG_BYTES_MAX) return;
    try {
      copyFileSync(this.path, `${this.path}.1`);
    } catch {
      // A full disk: room is worth more than the lines before.
      rmSync(`${this.path}.1`, { force: true });
    }
    truncateSync(this.path);
    this.#start = 0;
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
