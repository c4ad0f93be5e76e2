// @vitest-environment jsdom
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readPages } from './read-pages.ts';

interface Page {
  readonly rows: readonly number[];
  readonly next: string | null;
}

/** Two rows a page, newest first, by the id of the last one. */
let newest = 7;
const server = createServer(({ url }, response) => {
  const after = Number(new URL(url!, 'http://list').searchParams.get('after') ?? newest + 1);
  const rows = [after - 1, after - 2].filter((id) => id > 0);
  const page: Page = { rows, next: rows.length < 2 ? null : String(rows.at(-1)) };
  response.end(JSON.stringify(page));
});
let address: string;

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => server.close());

async function read(depth: number): Promise<{ rows: number[]; hasMore: boolean }> {
  const further = ({ next }: Page) => (next === null ? [] : [`${address}?after=${next}`]);
  const { pages, hasMore } = await readPages(address, further, depth, new AbortController().signal);
  return { rows: pages.flatMap(({ rows }) => rows), hasMore };
}

it('as many pages are read as are wanted, and it is known whether there are more', async () => {
  expect(await read(1)).toEqual({ rows: [7, 6], hasMore: true });
  expect(await read(2)).toEqual({ rows: [7, 6, 5, 4], hasMore: true });
  expect(await read(9)).toEqual({ rows: [7, 6, 5, 4, 3, 2, 1], hasMore: false });
});

it('rows that have come since make neither gaps nor doubles', async () => {
  await read(2);
  newest = 9;
  expect(await read(2)).toEqual({ rows: [9, 8, 7, 6], hasMore: true });
});
