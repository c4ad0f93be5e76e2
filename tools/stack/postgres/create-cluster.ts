import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chownSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findFreePort, giveBackPort } from '../find-free-port.ts';
import { CHECKOUT } from '../spawn-node.ts';
import { bytesOnDisk, copyWhole, requireSpace } from '../whole-copy.ts';
import { awaitPostgres } from './await-postgres.ts';
import { DATABASES } from './databases.ts';
import { prepareDatabases } from './prepare-databases.ts';
import { runPostgres } from './run-postgres.ts';
import { makePrivateFolder } from './settle-postgres.ts';
import type { PostgresSettlement } from './settle-postgres.ts';
import { asUser } from './postgres-user.ts';

const run = promisify(execFile);

export const SUPERUSER = 'postgres';

/** Of the superuser and of each role, by name. */
export type Passwords = Readonly<Record<string, string>>;

const TEMPLATE_PASSWORDS = 'passwords.json';

/** On top of an empty cluster: four segments of write-ahead log of 16 MB each, and what the other parts keep at first. */
const ROOM_TO_WORK_BYTES = 100_000_000;

/** A cluster with a database for each service takes 61 MB, and more while it is made. */
const TEMPLATE_BYTES_MAX = 120_000_000;

/**
 * Makes a cluster with a database for each service. From nothing that takes a second or two, as a copy of what was made
 * the last time a tenth of that; so it is made once per installation, and copied from then on.
 * @returns its passwords, which are those of the template
 */
export async function createCluster(dataFolder: string, settlement: PostgresSettlement): Promise<Passwords> {
  const template = await prepareTemplate(settlement);
  const files = join(template, 'data');
  requireSpace(dataFolder, bytesOnDisk(files) + ROOM_TO_WORK_BYTES, 'a new database');
  // Its owner comes along when we are root, and is ourselves when we are not.
  await copyWhole(files, dataFolder);
  return JSON.parse(readFileSync(join(template, TEMPLATE_PASSWORDS), 'utf8')) as Passwords;
}

/** The template's folder, made now where there is none. */
export async function prepareTemplate(settlement: PostgresSettlement): Promise<string> {
  const { binaries, user } = settlement;
  const contents = createHash('sha256').update(DATABASES.join()).digest('hex').slice(0, 8);
  const owner = user?.uid ?? process.getuid?.() ?? 0;
  const name = `postgres-${binaries.version}-${contents}-${owner}`;
  const template = join(CHECKOUT, 'node_modules', '.cache', 'event-bus', name);
  if (existsSync(template)) return template;

  for (const folder of [tmpdir(), template]) requireSpace(folder, TEMPLATE_BYTES_MAX, 'preparing PostgreSQL');
  const workshop = await makePrivateFolder(tmpdir(), 'event-bus-initdb-', user);
  try {
    const passwords = Object.fromEntries([SUPERUSER, ...DATABASES].map((role) => [role, newPassword()]));
    await initialise(join(workshop, 'data'), passwords, settlement);
    await addDatabases(join(workshop, 'data'), passwords, settlement);
    writeFileSync(join(workshop, TEMPLATE_PASSWORDS), JSON.stringify(passwords), { mode: 0o600 });
    await keepTemplate(workshop, template);
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
  return template;
}

export function newPassword(): string {
  return randomBytes(24).toString('base64url');
}

/** Writes a copied cluster through to the disk, so that a power failure finds all of it. May run beside the server. */
export async function syncCluster(dataFolder: string, { binaries, user }: PostgresSettlement): Promise<void> {
  await run(binaries.initdb, ['--sync-only', `--pgdata=${dataFolder}`], asUser(user));
}

async function initialise(folder: string, passwords: Passwords, { binaries, user }: PostgresSettlement): Promise<void> {
  const passwordFile = join(dirname(folder), 'superuser');
  writeFileSync(passwordFile, passwords[SUPERUSER] ?? '', { mode: 0o600 });
  if (user !== undefined) chownSync(passwordFile, user.uid, user.gid);
  await run(
    binaries.initdb,
    [
      `--pgdata=${folder}`,
      `--username=${SUPERUSER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      // The same order and case rules on every platform, and no search for the locales of this one.
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      // Copies are made durable, see syncCluster; the template can be made again.
      '--no-sync',
    ],
    { ...asUser(user), env: { ...process.env, LC_ALL: 'C' } },
  );
}

async function addDatabases(folder: string, passwords: Passwords, settlement: PostgresSettlement): Promise<void> {
  const port = await findFreePort();
  const settings = { fsync: 'off' };
  const server = runPostgres(settlement, { dataFolder: folder, port, settings, stdio: 'ignore' });
  const ended = new AbortController();
  const exit = once(server, 'exit').then(() => ended.abort(new Error('PostgreSQL ended while its template was made')));
  try {
    const url = `postgres://${SUPERUSER}:${passwords[SUPERUSER]}@127.0.0.1:${port}/postgres`;
    await awaitPostgres(url, ended.signal);
    await prepareDatabases(url, passwords);
  } finally {
    server.kill('SIGINT');
    await exit;
    giveBackPort(port);
  }
}

/** Two runs may do it at the same time: then the first has made it for both. */
async function keepTemplate(workshop: string, template: string): Promise<void> {
  try {
    await copyWhole(workshop, template);
  } catch (error) {
    if (!existsSync(template)) throw error;
  }
}
