import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EventSchema } from './compare-schemas.ts';
import type { Contract } from './contract.ts';

/** Increased when an older checkout could misread a file. */
export const SNAPSHOT_FORMAT = 1;

/** A contract as it was accepted, with every schema that records in the topic may still have. */
export interface Snapshot extends Contract {
  readonly format: number;
  /** The accepted schemas before this one, the oldest first. */
  readonly earlierSchemas: readonly EventSchema[];
}

/** A file in the folder of the snapshots that cannot be read. */
export class SnapshotUnreadable extends Error {}

export function fileOf({ name, version }: { readonly name: string; readonly version: number }): string {
  return `${name}.v${version}.json`;
}

/** @throws SnapshotUnreadable that names the file and what to do */
export function readSnapshots(folder: string): Snapshot[] {
  return listFiles(folder).map((file) => {
    let content: Partial<Snapshot> | null;
    try {
      content = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Partial<Snapshot> | null;
    } catch (error) {
      throw new SnapshotUnreadable(
        `contracts/${file} is not JSON: ${(error as Error).message}. Restore it with git, or resolve the merge conflict in it.`,
        { cause: error },
      );
    }
    if (typeof content?.format === 'number' && content.format > SNAPSHOT_FORMAT) {
      throw new SnapshotUnreadable(
        `contracts/${file} has format ${content.format}, and this checkout reads up to ${SNAPSHOT_FORMAT}. Rebase on the branch that wrote it.`,
      );
    }
    const isWhole = ['name', 'version', 'topic', 'key', 'schema', 'earlierSchemas'].every(
      (field) => field in (content ?? {}),
    );
    if (content?.format !== SNAPSHOT_FORMAT || !isWhole || fileOf(content as Snapshot) !== file) {
      throw new SnapshotUnreadable(
        `contracts/${file} is not a snapshot of the event that it is named after. Restore it with git; only npm run contracts -- accept writes it.`,
      );
    }
    return content as Snapshot;
  });
}

/** Only the snapshots of events end in their version; other files of the folder are not read. */
function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /\.v\d+\.json$/.test(name))
      .toSorted();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

export function writeSnapshot(folder: string, snapshot: Snapshot): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, fileOf(snapshot)), `${JSON.stringify(snapshot, null, 2)}\n`);
}
