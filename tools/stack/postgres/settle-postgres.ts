import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findPostgresBinaries, binariesIn } from './postgres-binaries.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import { copyWhole } from '../whole-copy.ts';
import { asUser, choosePostgresUser } from './postgres-user.ts';
import type { PostgresUser } from './postgres-user.ts';

const run = promisify(execFile);

/** Where PostgreSQL lives on this machine, and as whom. */
export interface PostgresSettlement {
  readonly user: PostgresUser | undefined;
  readonly binaries: PostgresBinaries;
  /** Why the binaries are used from a copy, where they are. */
  readonly copiedBecause: string | undefined;
}

/**
 * Finds a user and binaries that this user can really run. A checkout below a folder that the user cannot enter (root's
 * home, say) works from a copy.
 */
export async function settlePostgres(): Promise<PostgresSettlement> {
  const user = choosePostgresUser();
  const installed = findPostgresBinaries();
  const obstacle = await whyUnusable(installed, user);
  if (obstacle === undefined) return { user, binaries: installed, copiedBecause: undefined };

  const copy = await copyBinaries(installed);
  const stillUnusable = await whyUnusable(copy, user);
  if (stillUnusable !== undefined) {
    throw new Error(`PostgreSQL does not run here, neither as installed nor from ${copy.root}: ${stillUnusable}`);
  }
  return { user, binaries: copy, copiedBecause: obstacle };
}

/** Runs it: neither permission bits nor the presence of a file show whether the dynamic linker succeeds. */
export async function whyUnusable(
  { postgres, root }: PostgresBinaries,
  user: PostgresUser | undefined,
): Promise<string | undefined> {
  try {
    await run(postgres, ['--version'], asUser(user));
    await run('test', ['-r', join(root, 'share', 'postgresql', 'postgres.bki')], asUser(user));
    return undefined;
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    const who = user === undefined ? 'this user' : `user ${user.name}`;
    return `${who} cannot run ${postgres}: ${stderr?.trim() || message}`;
  }
}

/** Whether that user can enter the folder, or the nearest existing one above it. */
export async function canEnter(folder: string, user: PostgresUser | undefined): Promise<boolean> {
  let existing = folder;
  while (!existsSync(existing)) existing = dirname(existing);
  return run('test', ['-x', existing], asUser(user)).then(
    () => true,
    () => false,
  );
}

/**
 * A folder that every user can enter and that survives a reboot, one per checkout. Its name can be guessed and
 * its parent is open to all, so one that another user made is rejected.
 */
export function publicFolder(checkout: string): string {
  const folder = join('/var/tmp', `event-bus-${createHash('sha256').update(checkout).digest('hex').slice(0, 12)}`);
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const { uid } = lstatSync(folder);
  if (uid !== process.getuid?.()) {
    throw new Error(`${folder} belongs to another user (uid ${uid}); remove it, it is meant for this checkout.`);
  }
  chmodSync(folder, 0o755);
  return folder;
}

/** A fresh folder for that user alone, in the system's temporary folder or wherever the user can enter. */
export async function makePrivateFolder(parent: string, prefix: string, user?: PostgresUser): Promise<string> {
  const place = (await canEnter(parent, user)) ? parent : '/tmp';
  const folder = await mkdtemp(join(place, prefix));
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  return folder;
}

async function copyBinaries({ root, version }: PostgresBinaries): Promise<PostgresBinaries> {
  const home = join(publicFolder(root), `postgres-${version}`);
  if (!existsSync(home)) {
    try {
      await copyWhole(root, home, (unfinished) => run('chmod', ['-R', 'a+rX', unfinished]));
    } catch (error) {
      // Another process may have finished the same copy first.
      if (!existsSync(home)) throw error;
    }
  }
  return binariesIn(home, version);
}
