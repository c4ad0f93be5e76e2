import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanUpLeftovers } from '../../tools/stack/clean-up-leftovers.ts';
import { isAlive } from '../../tools/stack/processes.ts';

const FOLDER_PREFIX = 'event-bus-e2e-';

/** A new one for a system that lives as long as this process. */
export async function makeDataFolder(): Promise<string> {
  await removeLeftovers();
  return mkdtempSync(join(tmpdir(), `${FOLDER_PREFIX}${process.pid}-`));
}

/** A test run that was killed could not stop its system; its process id is in the folder's name. */
async function removeLeftovers(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(FOLDER_PREFIX))) {
    if (isAlive(Number(name.slice(FOLDER_PREFIX.length).split('-')[0]))) continue;
    const folder = join(tmpdir(), name);
    try {
      await cleanUpLeftovers(folder);
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // Another user's, theirs to remove.
    }
  }
}
