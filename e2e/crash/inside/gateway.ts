import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import type { Passes } from './watcher.ts';

type Write = (descriptor: number, data: Buffer, ...position: readonly number[]) => number;

/** The gateway writes a line for each text before it answers. */
export function watchGateway(passes: Passes): void {
  const files = fs as unknown as { writeSync: Write };
  const { writeSync } = files;
  files.writeSync = (descriptor, data, ...position) => {
    if (!data.includes('"takenAt"')) return writeSync(descriptor, data, ...position);
    passes('text-append', () => void writeSync(descriptor, data, 0, Math.floor(data.length / 2)));
    const written = writeSync(descriptor, data, ...position);
    passes('text-taken');
    return written;
  };
  syncBuiltinESMExports();
}
