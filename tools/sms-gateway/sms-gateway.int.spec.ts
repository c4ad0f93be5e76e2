import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SmsGateway } from './sms-gateway.ts';

const MESSAGE = { from: 'EventShop', to: '+821012345678', text: '이하나님, 환영합니다.' };

let folder: string;
let gateway: SmsGateway;
let url: string;

async function start(): Promise<void> {
  gateway = await SmsGateway.start({ host: '127.0.0.1', port: 0, file: join(folder, 'texts.jsonl') });
  url = `http://127.0.0.1:${gateway.port}`;
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sms-gateway-'));
  await start();
});
afterEach(async () => {
  await gateway.stop();
  rmSync(folder, { recursive: true });
});

async function send(key: string, message: object = MESSAGE, at = url): Promise<Response> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': key };
  return fetch(`${at}/messages`, { method: 'POST', headers, body: JSON.stringify(message) });
}

async function fail(fault: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return fetch(`${url}/control/fault`, { method: 'PUT', headers, body: JSON.stringify(fault) });
}

describe('a text', () => {
  it('is taken once with one key, and a repetition gets the same answer', async () => {
    const first = await send('"a"');
    expect(first.status).toBe(201);
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    const second = await send('a');
    expect(second.status).toBe(201);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect(await second.json()).toEqual(await first.json());
    expect(gateway.texts).toMatchObject([{ ...MESSAGE, key: 'a' }]);
    expect(gateway.requestsOf('a')).toBe(2);
  });

  it('is taken once when several requests with its key arrive at once', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => send('a')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(gateway.texts).toHaveLength(1);
  });

  it('is refused when its key was used for another one', async () => {
    await send('a');
    const answer = await send('a', { ...MESSAGE, text: 'another' });
    expect(answer.status).toBe(422);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(gateway.texts).toHaveLength(1);
  });

  it.each([
    ['without a key', '', MESSAGE],
    ['to what is not a number in E.164', 'a', { ...MESSAGE, to: '010-1234-5678' }],
    ['from a name that no network shows', 'a', { ...MESSAGE, from: '이벤트 상점' }],
    ['without content', 'a', { ...MESSAGE, text: '' }],
    ['that is too long', 'a', { ...MESSAGE, text: 'x'.repeat(1_601) }],
  ])('%s is refused', async (_what, key, message) => {
    expect((await send(key, message)).status).toBe(400);
    expect(gateway.texts).toEqual([]);
  });

  it('is not taken from a form of another site, which cannot send JSON', async () => {
    const headers = { 'content-type': 'text/plain', 'idempotency-key': 'a' };
    const answer = await fetch(`${url}/messages`, { method: 'POST', headers, body: JSON.stringify(MESSAGE) });
    expect(answer.status).toBe(415);
    expect(gateway.texts).toEqual([]);
  });

  it('and its key are known after a restart, and half a line at the end of the file is not', async () => {
    const first = await send('a');
    await gateway.stop();
    appendFileSync(join(folder, 'texts.jsonl'), '{"id": "torn", "key": "b", "te');
    await start();
    expect(await (await send('a')).json()).toEqual(await first.json());
    await send('b');
    await gateway.stop();
    await start();
    expect(gateway.texts.map(({ key }) => key)).toEqual(['a', 'b']);
  });
});

describe('a gateway that was set to fail', () => {
  it.each([503, 400])('refuses with %i and takes nothing, as often as it was set to', async (status) => {
    expect((await fail({ kind: 'refuse', status, times: 2 })).status).toBe(200);
    expect([(await send('a')).status, (await send('a')).status]).toEqual([status, status]);
    expect(gateway.texts).toEqual([]);
    expect((await send('a')).status).toBe(201);
    expect(gateway.faults.state).toMatchObject({ affected: 2 });
  });

  it('says with 429 how long to wait', async () => {
    await fail({ kind: 'refuse', status: 429, retryAfterSeconds: 7 });
    expect((await send('a')).headers.get('retry-after')).toBe('7');
    await fetch(`${url}/control/fault`, { method: 'DELETE' });
    expect((await send('a')).status).toBe(201);
  });

  it('drops the answer after it has taken the text, and recognises the text when it is sent again', async () => {
    await fail({ kind: 'drop', times: 1 });
    await expect(send('a')).rejects.toThrow('fetch failed');
    expect(gateway.texts).toHaveLength(1);
    expect((await send('a')).headers.get('idempotency-replayed')).toBe('true');
    expect(gateway.texts).toHaveLength(1);
  });

  it('answers late, when the sender waits no longer, and has taken the text', async () => {
    await fail({ kind: 'late', milliseconds: 600_000, times: 1 });
    const waiting = new AbortController();
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'a' };
    const body = JSON.stringify(MESSAGE);
    const answer = fetch(`${url}/messages`, { method: 'POST', headers, body, signal: waiting.signal });
    await expect.poll(() => gateway.texts.length).toBe(1);
    waiting.abort();
    await expect(answer).rejects.toThrow('aborted');
    expect((await send('a')).status).toBe(201);
    expect(gateway.texts).toHaveLength(1);
  });

  it.each([{ kind: 'explode' }, { kind: 'refuse', status: 200 }, { kind: 'late' }, { kind: 'drop', times: 0 }])(
    'cannot be set to %j',
    async (fault) => {
      expect((await fail(fault)).status).toBe(400);
      expect(gateway.faults.state).toEqual({ fault: null, affected: 0 });
    },
  );
});

describe('its inbox', () => {
  it('shows each text in the language of the reader, newest first, and runs nothing that a text contains', async () => {
    const page = async (path: string, accepted: string): Promise<string> =>
      (await fetch(`${url}${path}`, { headers: { 'accept-language': accepted } })).text();
    expect(await page('/', 'ko-KR,ko;q=0.9')).toContain('아직 받은 문자가 없습니다.');
    await send('a');
    await send('b', { ...MESSAGE, text: '<script>alert("x")</script>' });
    const shown = await page('/?lang=en', 'ko');
    expect(shown).toContain('Text messages');
    expect(shown).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;');
    expect(shown).not.toContain('<script>');
    expect(shown.indexOf('&lt;script')).toBeLessThan(shown.indexOf(MESSAGE.text));
  });

  it('lists the texts to one number as JSON, each with how often it was handed over', async () => {
    await send('a');
    await send('a');
    await send('b', { ...MESSAGE, to: '+12025550123' });
    const answer = await fetch(`${url}/messages?to=${encodeURIComponent(MESSAGE.to)}`);
    expect(await answer.json()).toMatchObject([{ key: 'a', requests: 2 }]);
  });
});

it('knows every text that it answered before it was killed', async () => {
  const run = async (): Promise<{ process: ChildProcess; at: string }> => {
    const args = [join(import.meta.dirname, 'main.ts'), '--listen', '127.0.0.1:0', '--data', join(folder, 'process')];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    return { process: child, at: line.replace('ready on ', '') };
  };
  const first = await run();
  const answered = await Promise.all(['a', 'b', 'c'].map(async (key) => (await send(key, MESSAGE, first.at)).json()));
  first.process.kill('SIGKILL');
  await once(first.process, 'exit');
  const second = await run();
  try {
    const again = await Promise.all(['a', 'b', 'c'].map(async (key) => (await send(key, MESSAGE, second.at)).json()));
    expect(again).toEqual(answered);
    expect(await (await fetch(`${second.at}/health`)).json()).toEqual({ texts: 3 });
  } finally {
    second.process.kill('SIGTERM');
    await once(second.process, 'exit');
  }
});
