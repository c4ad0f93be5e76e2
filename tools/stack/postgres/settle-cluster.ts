import { existsSync, lstatSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCluster, newPassword, syncCluster } from './create-cluster.ts';
import type { Passwords } from './create-cluster.ts';
import { DATABASES } from './databases.ts';
import { canEnter, publicFolder } from './settle-postgres.ts';
import type { PostgresSettlement } from './settle-postgres.ts';

export interface Cluster {
  readonly folder: string;
  readonly passwords: Passwords;
  readonly isNew: boolean;
}

const PASSWORDS = 'passwords.json';

/**
 * The cluster of a data folder: the one that is there, or a new one. Its files lie in `.data/postgres`, or behind a link
 * of that name when the user that runs PostgreSQL cannot get there.
 *
 * A log-in takes a password although only this machine can connect: programs of other users may run on it, too. The
 * passwords lie beside the data, for its owner's eyes.
 */
export async function settleCluster(dataFolder: string, settlement: PostgresSettlement): Promise<Cluster> {
  const passwordFile = join(dataFolder, PASSWORDS);
  const folder = await chooseFolder(dataFolder, settlement);
  const isNew = !existsSync(join(folder, 'PG_VERSION'));
  if (!isNew) refuseForeignCluster(folder, settlement);

  const known = isNew ? await createCluster(folder, settlement) : readPasswords(passwordFile, dataFolder);
  // A service that was added after the cluster.
  const added = DATABASES.filter((role) => known[role] === undefined).map((role) => [role, newPassword()]);
  const passwords = { ...known, ...Object.fromEntries(added) };
  if (isNew || added.length > 0) {
    writeFileSync(passwordFile, `${JSON.stringify(passwords, null, 2)}\n`, { mode: 0o600 });
  }
  return { folder, passwords, isNew };
}

/** Beside the server's start, which it would hold up; done well before there is data to lose. */
export async function makeDurable({ folder, isNew }: Cluster, settlement: PostgresSettlement): Promise<void> {
  if (isNew) await syncCluster(folder, settlement);
}

async function chooseFolder(dataFolder: string, { user }: PostgresSettlement): Promise<string> {
  const inside = join(dataFolder, 'postgres');
  const found = lstatSync(inside, { throwIfNoEntry: false });
  if (found?.isSymbolicLink()) {
    const elsewhere = readlinkSync(inside);
    if (existsSync(join(elsewhere, 'PG_VERSION'))) return elsewhere;
    rmSync(inside);
  } else if (found !== undefined) return inside;
  if (await canEnter(dataFolder, user)) return inside;

  const elsewhere = join(publicFolder(dataFolder), 'data');
  symlinkSync(elsewhere, inside);
  return elsewhere;
}

function refuseForeignCluster(folder: string, { user }: PostgresSettlement): void {
  const uid = user?.uid ?? process.getuid?.();
  const owner = lstatSync(folder).uid;
  if (owner === uid) return;
  throw new Error(
    `${folder} belongs to uid ${owner}, and PostgreSQL would run as uid ${uid} now. ` +
      'Start as the user of the last time, or delete the data as that user: npm run reset',
  );
}

function readPasswords(file: string, dataFolder: string): Passwords {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Passwords;
  } catch {
    throw new Error(
      `${file} is missing, and without it no log-in to the database of ${dataFolder} is possible: npm run reset`,
    );
  }
}
