import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { stopLeftoverPostgres } from './postgres/stop-leftover-postgres.ts';
import { commandOf, endProcess, isAlive } from './processes.ts';
import { readStackFile, writeStackFile } from './stack-file.ts';
import type { StackFilePart } from './stack-file.ts';

/** No client waits for the work of leftovers; what they had not finished comes again. */
const END_WITHIN_MS = 5_000;

/** Where a data folder has PostgreSQL's files, or the link to them. */
export function postgresFolder(dataFolder: string): string {
  return join(dataFolder, 'postgres');
}

/**
 * Processes of a killed run, which could not stop its parts: they hold its ports and files.
 * A process counts only if its command line names this data folder, as its id may have been given to another one.
 */
export function findLeftovers(dataFolder: string): StackFilePart[] {
  return readStackFile(dataFolder).parts.filter(({ name, pid }) => {
    const mark = name === 'postgres' ? realPath(postgresFolder(dataFolder)) : dataFolder;
    return isAlive(pid) && commandOf(pid)?.includes(mark);
  });
}

/** What the services need to leave in order: a consumer that cannot leave its group is waited for by the group. */
const INFRASTRUCTURE = new Set(['log-broker', 'maildev']);

/** Ends them, services first. @returns the names of what was ended */
export async function cleanUpLeftovers(dataFolder: string): Promise<string[]> {
  const leftovers = findLeftovers(dataFolder).filter(({ name }) => name !== 'postgres');
  for (const isInfrastructure of [false, true]) {
    const group = leftovers.filter(({ name }) => INFRASTRUCTURE.has(name) === isInfrastructure);
    await Promise.all(group.map(({ pid }) => endProcess(pid, 'SIGTERM', END_WITHIN_MS)));
  }
  // By its own file rather than by ours, which may have been written before it was restarted.
  const postgres = await stopLeftoverPostgres(realPath(postgresFolder(dataFolder)));
  writeStackFile(dataFolder, { parts: [] });
  return [...leftovers.map(({ name }) => name), ...(postgres === undefined ? [] : ['postgres'])];
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
