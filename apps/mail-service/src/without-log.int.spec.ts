import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { until } from '@event-bus/test-kit/until';
import { afterEach, expect, it } from 'vitest';

const MAIN = join(import.meta.dirname, '..', 'dist', 'main.js');
const FULL = '/dev/full';

let child: ChildProcess | undefined;
afterEach(() => void child?.kill('SIGKILL'));

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const ways: Array<[string, () => number | 'pipe']> = [
  ['a disk that is full', () => openSync(FULL, 'w')],
  ['a reader that has ended', () => 'pipe'],
];

it.skipIf(!existsSync(FULL)).each(ways)(
  `a service that logs to %s does its work without a log, and stops in order (skipped without ${FULL})`,
  async (_, open) => {
    const [port, output] = [await freePort(), open()];
    const service = spawn(process.execPath, [MAIN], {
      stdio: ['ignore', output, output],
      env: {
        PATH: process.env['PATH'],
        HTTP_PORT: String(port),
        DATABASE_URL: 'postgres://postgres:postgres@127.0.0.1:1/none',
        KAFKA_BROKERS: '127.0.0.1:1',
        SMTP_URL: 'smtp://127.0.0.1:1',
        MAIL_FROM: 'shop@example.com',
        LOG_LEVEL: 'debug',
      },
    });
    child = service;
    if (typeof output === 'number') closeSync(output);
    for (const stream of [service.stdout, service.stderr]) stream?.destroy();
    const ended = once(service, 'exit');

    const live = `http://127.0.0.1:${port}/health/live`;
    await until('it to live', async () => (await fetch(live)).ok);
    // Each request writes a line.
    for (let n = 0; n < 20; n += 1) expect((await fetch(`http://127.0.0.1:${port}/none`)).status).toBe(404);
    service.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  },
);
