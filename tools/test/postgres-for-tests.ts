/**
 * One real PostgreSQL for a whole test run, as Vitest's `globalSetup` for the int lane. It lives in a temporary folder,
 * starts in a fraction of a second from a template, and goes when the run ends.
 *
 * In a test:
 *
 *     import { createTestDatabase } from '@event-bus/test-kit';
 *     const database = await createTestDatabase();    // empty, this test's own
 *     … database.url …
 *     await database.drop();
 *
 * The server itself is `inject('postgresUrl')`, or the environment's TEST_POSTGRES_URL: its superuser's URL. A
 * TEST_POSTGRES_URL that is already set is used as it is, and nothing is started.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { findFreePort, giveBackPort } from '../stack/find-free-port.ts';
import { awaitPostgres } from '../stack/postgres/await-postgres.ts';
import { isAlive } from '../stack/processes.ts';
import { createCluster, SUPERUSER } from '../stack/postgres/create-cluster.ts';
import { runPostgres } from '../stack/postgres/run-postgres.ts';
import { makePrivateFolder, settlePostgres } from '../stack/postgres/settle-postgres.ts';
import { stopLeftoverPostgres } from '../stack/postgres/stop-leftover-postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string;
  }
}

const FOLDER_PREFIX = 'event-bus-test-postgres-';

/** Nothing in a test outlives the test, so nothing waits for a disk. */
const SETTINGS = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off', max_connections: 300 };

export default async function startPostgresForTests(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = process.env['TEST_POSTGRES_URL'];
  if (given !== undefined) {
    project.provide('postgresUrl', given);
    return undefined;
  }

  await removeLeftovers();
  const settlement = await settlePostgres();
  const folder = await makePrivateFolder(tmpdir(), `${FOLDER_PREFIX}${process.pid}-`, settlement.user);
  const dataFolder = join(folder, 'data');
  const passwords = await createCluster(dataFolder, settlement);
  const port = await findFreePort();
  const server = runPostgres(settlement, { dataFolder, port, settings: SETTINGS, stdio: ['ignore', 'ignore', 'pipe'] });

  const ended = new AbortController();
  let log = '';
  server.stderr?.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-4_000)));
  server.once('close', () => ended.abort(new Error(`PostgreSQL for the tests ended by itself:\n${log}`)));

  const url = `postgres://${SUPERUSER}:${passwords[SUPERUSER]}@127.0.0.1:${port}/postgres`;
  await awaitPostgres(url, ended.signal);
  // Workers are forked later and inherit it; a test that starts processes hands it on.
  process.env['TEST_POSTGRES_URL'] = url;
  project.provide('postgresUrl', url);

  return async () => {
    delete process.env['TEST_POSTGRES_URL'];
    const stopped = new Promise((resolve) => server.once('close', resolve));
    // At once: a client that is still connected was not closed, and nothing here is worth a checkpoint.
    server.kill('SIGQUIT');
    if (server.exitCode === null && server.signalCode === null) await stopped;
    giveBackPort(port);
    rmSync(folder, { recursive: true, force: true });
  };
}

/** A run that was killed could not clean up; its process id is in the folder's name. */
async function removeLeftovers(): Promise<void> {
  for (const place of new Set([tmpdir(), '/tmp'])) {
    for (const name of readdirSync(place).filter((entry) => entry.startsWith(FOLDER_PREFIX))) {
      const pid = Number(name.slice(FOLDER_PREFIX.length).split('-')[0]);
      if (isAlive(pid)) continue;
      const folder = join(place, name);
      try {
        if (existsSync(join(folder, 'data'))) await stopLeftoverPostgres(join(folder, 'data'));
        rmSync(folder, { recursive: true, force: true });
      } catch {
        // Another user's, or another run is at it: theirs to remove.
      }
    }
  }
}
