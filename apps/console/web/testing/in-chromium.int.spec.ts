import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHROMIUM } from './chromium.ts';
import { inChromium } from './in-chromium.ts';
import { VIEWPORT } from './open-page.ts';

describe.skipIf(CHROMIUM === undefined)('a page of a spec in Chromium (skipped where there is none)', () => {
  const pages = inChromium();
  let server: Server;
  let url: string;

  beforeAll(async () => {
    server = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end('<title>page</title>');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server?.closeAllConnections();
    server?.close();
  });

  it('has nothing of the one before: neither document nor storage, size or complaint', async () => {
    const before = await pages.open(url);
    await before.setViewportSize({ width: 320, height: 300 });
    await before.evaluate(() => {
      localStorage.setItem('left', 'behind');
      Object.assign(globalThis, { left: 'behind' });
      addEventListener('pagehide', () => reportError(new Error('while it is left')));
      reportError(new Error('before'));
    });
    await expect.poll(() => pages.errors).toEqual(['before']);
    const page = await pages.open(url);
    const left = await page.evaluate(() => [localStorage.getItem('left'), 'left' in globalThis, innerWidth]);
    expect(left).toEqual([null, false, VIEWPORT.width]);
    expect(pages.errors).toEqual([]);
  });
});
