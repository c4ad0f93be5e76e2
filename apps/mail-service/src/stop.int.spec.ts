import 'reflect-metadata';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, it } from 'vitest';
import { KafkaConsumerStrategy } from '@event-bus/messaging-client';
import { createService } from '@event-bus/service-kit';
import { env } from './config.ts';
import { MailServiceModule } from './mail-service.module.ts';

const MAIN = join(import.meta.dirname, '..', 'dist', 'main.js');

/** Nothing of what it needs is there. */
const SETTINGS = {
  HTTP_PORT: '0',
  DATABASE_URL: 'postgres://postgres:postgres@127.0.0.1:1/none',
  KAFKA_BROKERS: '127.0.0.1:1',
  SMTP_URL: 'smtp://127.0.0.1:1',
  MAIL_FROM: 'shop@example.com',
};

let child: ChildProcess | undefined;
afterEach(() => void child?.kill('SIGKILL'));

/** A process of the service as it runs in production. */
function start(): AsyncIterator<string> {
  child = spawn(process.execPath, [MAIN], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'], ...SETTINGS, LOG_LEVEL: 'debug' },
  });
  return createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
}

async function lineWith(lines: AsyncIterator<string>, text: string): Promise<void> {
  for (;;) {
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`it ended without saying: ${text}`);
    if (value.includes(text)) return;
  }
}

it.each([
  ['while its modules are put together', 'InstanceLoader'],
  ['while it waits for its database', 'is listening at'],
])('SIGTERM %s ends the service in order, and another one changes nothing', async (_, line) => {
  const lines = start();
  const ended = once(child!, 'exit');
  await lineWith(lines, line);
  child!.kill('SIGTERM');
  child!.kill('SIGTERM');
  await lineWith(lines, '"msg":"stopping"');
  child!.kill('SIGTERM');
  await lineWith(lines, '"msg":"stopped"');
  expect(await ended).toEqual([0, null]);
});

it('a consumer that was closed before it began, as while the database was waited for, does not begin', async () => {
  const config = env.parse(SETTINGS);
  const app = await createService({
    service: 'mail-service',
    module: MailServiceModule.forRoot(config),
    config: { ...config, LOG_LEVEL: 'silent' },
  });
  const consumer = app.get(KafkaConsumerStrategy);
  await consumer.close();
  await app.startAllMicroservices();
  expect(consumer.health()).toMatchObject({ ready: false, state: 'stopped' });
  await app.close();
});
