import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder that `remove` deletes. */
export function temporaryFolder(inside = tmpdir()): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(inside, `event-bus-bench-${process.pid}-`));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
