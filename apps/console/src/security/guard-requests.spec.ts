import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConsoleConfig } from '../config.ts';
import { startConsole } from '../testing/start-console.ts';
import type { ConsoleUnderTest } from '../testing/start-console.ts';

/** No program can listen at port 1. */
const NO_BROKER = { KAFKA_BROKERS: '127.0.0.1:1' };
const TOKEN = '8f14e45fceea167a5a36dedd4bea2543';

interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** With exactly these headers, as a browser would not let a page send them. */
async function send(url: string, method: string, headers: Record<string, string> = {}, body = ''): Promise<Answered> {
  const { promise, resolve, reject } = Promise.withResolvers<Answered>();
  request(url, { method, headers }, (response) => {
    let text = '';
    response.on('data', (chunk: Buffer) => (text += chunk.toString()));
    response.once('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
  })
    .once('error', reject)
    .end(body);
  return promise;
}

describe('the console on loopback', () => {
  let page: ConsoleUnderTest;
  let act: (headers: Record<string, string>) => Promise<number>;

  beforeAll(async () => {
    page = await startConsole(NO_BROKER);
    act = async (headers) =>
      (await send(`${page.url}/api/try/burst`, 'POST', { 'content-type': 'application/json', ...headers }, '{}'))
        .status;
  });

  afterAll(() => page.close());

  it('takes a write from its own page, and looks at its body', async () => {
    expect(await act({ origin: page.url })).toBe(400);
  });

  it.each([
    ['without an Origin', {}],
    ['from another origin', { origin: 'https://evil.example' }],
    ['from another port of this machine', { origin: 'http://127.0.0.1:1' }],
    ['from a sandboxed frame', { origin: 'null' }],
  ])('refuses a write %s', async (_, headers) => {
    expect(await act(headers)).toBe(403);
  });

  it('refuses a write that a form could send', async () => {
    const headers = { origin: page.url, 'content-type': 'text/plain' };
    expect((await send(`${page.url}/api/try/burst`, 'POST', headers, '{}')).status).toBe(415);
  });

  it.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS'])('refuses %s', async (method) => {
    expect((await send(`${page.url}/api/about`, method, { origin: page.url })).status).toBe(405);
  });

  it.each(['/', '/api/about', '/api/stream'])(
    'answers %s under no other host name, which DNS rebinding would have',
    async (path) => {
      expect((await send(`${page.url}${path}`, 'GET', { host: 'evil.example' })).status).toBe(403);
    },
  );

  it('lets no page of another site read', async () => {
    expect((await send(`${page.url}/api/about`, 'GET', { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  });

  it('opens a link that was followed from another site', async () => {
    const { status } = await send(`${page.url}/mails`, 'GET', { 'sec-fetch-site': 'cross-site' });
    expect([200, 404]).toContain(status); // 404 where the page is not built
  });

  it('runs and loads nothing but its own files, and is shown in no frame', async () => {
    const { headers } = await send(`${page.url}/`, 'GET');
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("form-action 'none'");
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
  });

  it.each(['/api/journeys/%3Cscript%3Ealert(1)%3C%2Fscript%3E', '/api/nothing', '/api/chaos', '/api/journeys?q=1&q=2'])(
    'answers %s with a problem that a browser does not take for a page',
    async (path) => {
      const { status, headers, text } = await send(`${page.url}${path}`, 'GET');
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
      expect(headers['content-type']).toBe('application/problem+json');
      expect(JSON.parse(text)).toMatchObject({ status, detail: expect.any(String) });
    },
  );
});

describe('the console with a token', () => {
  let page: ConsoleUnderTest;

  beforeAll(async () => {
    page = await startConsole({ ...NO_BROKER, CONSOLE_TOKEN: TOKEN });
  });

  afterAll(() => page.close());

  it('is required beyond loopback', () => {
    const env = {
      ...NO_BROKER,
      SERVICES: 'a=http://h:1',
      SERVICES_ADMIN: 'a=http://h:2',
      CONSOLE_LISTEN: '0.0.0.0:3000',
    };
    expect(() => readConsoleConfig(env)).toThrow('CONSOLE_TOKEN is missing');
    expect(readConsoleConfig({ ...env, CONSOLE_TOKEN: TOKEN }).CONSOLE_LISTEN).toEqual({ host: '0.0.0.0', port: 3000 });
  });

  it.each(['/', '/api/about', '/assets/any.js'])('answers %s to no client without it', async (path) => {
    expect((await send(`${page.url}${path}`, 'GET')).status).toBe(401);
    expect((await send(`${page.url}${path}`, 'GET', { cookie: 'event_bus_console=wrong' })).status).toBe(401);
  });

  it('is given once in the address, and then kept where no script reads it', async () => {
    const { status, headers } = await send(`${page.url}/mails?token=${TOKEN}&to=a`, 'GET');
    expect([status, headers['location']]).toEqual([303, '/mails?to=a']);
    const [cookie = ''] = headers['set-cookie'] ?? [];
    expect(cookie).toMatch(/HttpOnly; SameSite=Lax$/);
    const kept = { cookie: cookie.split(';', 1)[0]! };
    expect((await send(`${page.url}/api/about`, 'GET', kept)).status).toBe(200);
    expect((await send(`${page.url}/api/about`, 'GET', { authorization: `Bearer ${TOKEN}` })).status).toBe(200);
  });

  it('leads to no other site', async () => {
    const { headers } = await send(`${page.url}//evil.example/?token=${TOKEN}`, 'GET');
    expect(headers['location']).toBe('/evil.example/');
  });

  it('is not needed to check its health', async () => {
    expect((await send(`${page.url}/health/ready`, 'GET')).status).toBe(200);
  });
});

describe('the console', () => {
  it('closes at once while a tab has its stream open', async () => {
    const page = await startConsole(NO_BROKER);
    const { promise: opened, resolve } = Promise.withResolvers<void>();
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    request(`${page.url}/api/stream`, (response) => {
      response.once('data', () => resolve()).once('close', () => end());
      response.on('error', () => undefined);
    })
      .on('error', () => undefined)
      .end();
    await opened;
    await page.close();
    await ended;
  });
});
