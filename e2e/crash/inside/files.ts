import fs from 'node:fs';
import type { Passes } from './watcher.ts';

type Append = (descriptor: number, chunks: readonly Buffer[], position: number) => number;

/** Logs are recognised among indexes and lists by their name. */
const LOG = /\.log$/;

export function watchFiles(passes: Passes): void {
  const logs = watchLogs();
  const files = fs as unknown as { writevSync: Append; fdatasync: (...args: unknown[]) => void };
  const { writevSync, fdatasync } = files;
  files.writevSync = (descriptor, chunks, position) => {
    if (logs.has(descriptor)) {
      // Half of it is written, as when a machine loses power.
      passes('broker-append', () => {
        const whole = Buffer.concat(chunks);
        fs.writeSync(descriptor, whole, 0, Math.floor(whole.length / 2), position);
      });
    }
    return writevSync(descriptor, chunks, position);
  };
  files.fdatasync = (...args) => {
    passes('broker-fsync');
    fdatasync(...args);
  };
}

/** Descriptors of logs, kept as files are opened and closed. */
function watchLogs(): ReadonlySet<number> {
  const logs = new Set<number>();
  const files = fs as unknown as {
    openSync: (path: string, ...args: unknown[]) => number;
    closeSync: (descriptor: number) => void;
  };
  const { openSync, closeSync } = files;
  files.openSync = (path, ...args) => {
    const descriptor = openSync(path, ...args);
    if (LOG.test(path)) logs.add(descriptor);
    return descriptor;
  };
  files.closeSync = (descriptor) => {
    logs.delete(descriptor);
    closeSync(descriptor);
  };
  return logs;
}
