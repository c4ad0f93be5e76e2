import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';

const MAIN = join(import.meta.dirname, '..', 'dist', 'main.js');

/** Nothing of what it needs is there. */
const SETTINGS = {
  HTTP_PORT: '0',
  DATABASE_URL: 'postgres://postgres:postgres@127.0.0.1:1/none',
  KAFKA_BROKERS: '127.0.0.1:1',
  SMTP_URL: 'smtp://127.0.0.1:1',
  MAIL_FROM: 'shop@example.com',
};

/** What a process of the service writes in a start that fails. */
async function failedStart(env: Readonly<Record<string, string>>): Promise<{ out: string; err: string }> {
  const child = spawn(process.execPath, [MAIN], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...SETTINGS, ...env } });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  expect(code).toBe(1);
  return { out, err };
}

it('a start with invalid settings is one line of JSON, which names each of them without its value', async () => {
  const { err } = await failedStart({ HTTP_PORT: 'secret', LOG_LEVEL: 'loud' });
  expect(err).not.toContain('secret');
  expect(JSON.parse(err)).toMatchObject({
    level: 'fatal',
    service: 'mail-service',
    problems: [
      { setting: 'HTTP_PORT', problem: 'must be a port, 0 to 65535', example: '3001' },
      { setting: 'LOG_LEVEL', problem: expect.stringContaining('"info"'), example: 'info' },
    ],
    msg: expect.stringMatching(
      /^mail-service cannot start: 2 problems in its configuration: HTTP_PORT must be a port.*LOG_LEVEL/,
    ),
  });
});

it('with LOG_FORMAT=text the invalid settings are text, one a line', async () => {
  const { err } = await failedStart({ HTTP_PORT: 'secret', LOG_FORMAT: 'text' });
  expect(err).toMatch(
    /^mail-service cannot start: 1 problem in its configuration\n {2}HTTP_PORT {2}must be a port.*\n$/,
  );
});

// The address stands for personal data in the error. It is not a loopback address, so a token is required.
const UNSAFE = { ADMIN_LISTEN: 'jin.park@example.com:1' };

it('a start that fails before the application exists is logged in JSON, with personal data masked', async () => {
  const { out, err } = await failedStart(UNSAFE);
  expect(JSON.parse(out)).toMatchObject({
    level: 'fatal',
    msg: 'mail-service cannot start',
    err: { type: 'ConfigError', message: expect.stringContaining('ADMIN_TOKEN is missing: ADMIN_LISTEN=***:1') },
  });
  expect(out + err).not.toContain('jin.park');
});

it('… and in text, masked unless LOG_PERSONAL_DATA is set, with LOG_FORMAT=text', async () => {
  const text = /^\d{4}-\S+ FATAL mail-service \[mail-service\] mail-service cannot start/;
  const masked = await failedStart({ ...UNSAFE, LOG_FORMAT: 'text' });
  expect(masked.out).toMatch(text);
  expect(masked.out).not.toContain('jin.park');
  const { out } = await failedStart({ ...UNSAFE, LOG_FORMAT: 'text', LOG_PERSONAL_DATA: 'true' });
  expect(out).toContain('jin.park@example.com');
});
