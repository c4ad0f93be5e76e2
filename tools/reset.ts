/** Forgets everything that was kept: `npm run reset`, or `npm run reset -- --data FOLDER`. */
import { existsSync, lstatSync, readlinkSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { cleanUpLeftovers, postgresFolder } from './stack/clean-up-leftovers.ts';
import { findSupervisor } from './stack/lock-data-folder.ts';

const { values: options } = parseArgs({
  options: { data: { type: 'string', default: join(import.meta.dirname, '..', '.data') } },
});
const dataFolder = resolve(options.data);
const supervisor = findSupervisor(dataFolder);

if (supervisor !== undefined) {
  console.error(`✗ The system runs (process ${supervisor}). Stop it first: Ctrl-C there, or kill ${supervisor}`);
  process.exitCode = 1;
} else if (!existsSync(dataFolder)) {
  console.log('There is nothing to forget.');
} else {
  const leftovers = await cleanUpLeftovers(dataFolder);
  if (leftovers.length > 0) console.log(`ended what a killed run had left: ${leftovers.join(', ')}`);
  const cluster = postgresFolder(dataFolder);
  if (lstatSync(cluster, { throwIfNoEntry: false })?.isSymbolicLink()) {
    // The folder around it was made for it alone.
    rmSync(dirname(readlinkSync(cluster)), { recursive: true, force: true });
  }
  rmSync(dataFolder, { recursive: true, force: true });
  console.log('Deleted: databases, topics, mails and logs. The next `npm start` begins from nothing.');
}
