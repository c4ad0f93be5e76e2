import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { makePrivateFolder } from './settle-postgres.ts';
import type { PostgresSettlement } from './settle-postgres.ts';
import { asUser } from './postgres-user.ts';

const run = promisify(execFile);

export const SUPERUSER = 'postgres';

const CHECKOUT = join(import.meta.dirname, '..', '..', '..');

/**
 * Makes a cluster and returns its superuser's password. initdb takes most of a second, a copy of what it made the last
 * time a tenth of that; so it runs once per installation, and a template is copied from then on.
 */
export async function createCluster(dataFolder: string, settlement: PostgresSettlement): Promise<string> {
  const template = await prepareTemplate(settlement);
  mkdirSync(dirname(dataFolder), { recursive: true });
  const unfinished = `${dataFolder}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  // Its owner comes along with -p when we are root, and is ourselves when we are not.
  await run('cp', ['-pR', join(template, 'data'), unfinished]);
  renameSync(unfinished, dataFolder);
  return readFileSync(join(template, 'password'), 'utf8');
}

/** The template's folder, made now where there is none. */
export async function prepareTemplate({ binaries, user }: PostgresSettlement): Promise<string> {
  const uid = user?.uid ?? process.getuid?.() ?? 0;
  const template = join(CHECKOUT, 'node_modules', '.cache', 'event-bus', `postgres-${binaries.version}-${uid}`);
  if (existsSync(template)) return template;

  const workshop = await makePrivateFolder(tmpdir(), 'event-bus-initdb-', user);
  try {
    const password = randomBytes(24).toString('base64url');
    const passwordFile = join(workshop, 'password');
    writeFileSync(passwordFile, password, { mode: 0o600 });
    if (user !== undefined) chownSync(passwordFile, user.uid, user.gid);
    await run(
      binaries.initdb,
      [
        `--pgdata=${join(workshop, 'data')}`,
        `--username=${SUPERUSER}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        // The same order and case rules on every platform, and no search for the locales of this one.
        '--locale=C',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        // The copies are made durable, see sync-cluster; the template can be made again.
        '--no-sync',
      ],
      { ...asUser(user), env: { ...process.env, LC_ALL: 'C' } },
    );
    await keepTemplate(workshop, template);
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
  return template;
}

/** Writes a copied cluster through to the disk, so that a power failure finds all of it. May run beside the server. */
export async function syncCluster(dataFolder: string, { binaries, user }: PostgresSettlement): Promise<void> {
  await run(binaries.initdb, ['--sync-only', `--pgdata=${dataFolder}`], asUser(user));
}

/** Complete or not at all, also when two runs do it at the same time. */
async function keepTemplate(workshop: string, template: string): Promise<void> {
  const unfinished = `${template}.${process.pid}`;
  mkdirSync(dirname(template), { recursive: true });
  await run('cp', ['-pR', workshop, unfinished]);
  try {
    renameSync(unfinished, template);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(template)) throw error;
  }
}
