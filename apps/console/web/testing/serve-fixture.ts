import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import type { Rolldown } from 'vite';
import type { About, Pulses, Scoreboard } from '../../src/api.ts';
import { guardRequests } from '../../src/security/guard-requests.ts';
import {
  about,
  board,
  chaos,
  frame,
  hostileMail,
  journey,
  newestJourneys,
  search,
  tried,
  tryOptions,
} from './fixture.ts';

const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

type Answer = (query: URLSearchParams) => object;

/** The built page before the guard of the real server, with answers that a spec decides. */
export async function serveFixture() {
  const files = await buildPage();
  const streams = new Set<ServerResponse>();
  const posts: { readonly path: string; readonly body: unknown }[] = [];
  const state: { board: Scoreboard; about: About; isCut: boolean } = { board, about, isCut: false };
  const given = new Map<string, Answer>();

  const answers = (path: string, query: URLSearchParams): unknown => {
    const answer = given.get(path);
    if (answer !== undefined) return answer(query);
    if (path === '/api/about') return state.about;
    if (path === '/api/try') return tryOptions;
    if (path === '/api/journeys') return search(query.get('q') ?? '');
    if (path.startsWith('/api/journeys/')) return journey;
    if (path.startsWith('/api/mails/')) return hostileMail;
    return path === '/api/chaos' ? chaos : undefined;
  };

  const guard = { current: (_: never, __: never, next: () => void) => next() } as {
    current: ReturnType<typeof guardRequests>;
  };
  const server = createServer((request, response) => {
    guard.current(request, response, () => answer(request, response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  guard.current = guardRequests({ host, token: undefined });

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url!, 'http://console');
    const found = answers(pathname, searchParams);
    if (pathname === '/api/stream') stream(response);
    else if (request.method === 'POST') keep(pathname, request, response);
    else if (found !== undefined) response.end(JSON.stringify(found));
    else {
      const name = files.has(pathname) ? pathname : '/index.html';
      response.writeHead(200, { 'content-type': TYPES[extname(name)] ?? 'application/octet-stream' });
      response.end(files.get(name));
    }
  }

  function stream(response: ServerResponse): void {
    if (state.isCut) {
      response.destroy();
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    streams.add(response);
    response.on('close', () => streams.delete(response));
    send('frame', frame(state.board), [response]);
    send('journeys', newestJourneys, [response]);
  }

  function keep(path: string, request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      posts.push({ path, body: JSON.parse(Buffer.concat(chunks).toString()) as unknown });
      response.end(JSON.stringify(given.get(path)?.(new URLSearchParams()) ?? tried));
    });
  }

  function send(event: 'frame' | 'journeys' | 'pulses', data: object, to: Iterable<ServerResponse> = streams): void {
    for (const stream of to) stream.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  return {
    address: `http://${host}`,
    posts,
    /** The next frame has this scoreboard. */
    show(scoreboard: Scoreboard) {
      state.board = scoreboard;
      send('frame', frame(scoreboard));
    },
    /** What is answered at this path from now on. */
    answer: (path: string, answer: Answer) => given.set(path, answer),
    pulse: (pulses: Pulses['pulses']) => send('pulses', { pulses }),
    offer: (changes: Partial<About>) => (state.about = { ...about, ...changes }),
    /** Ends the streams, and refuses new ones until it is called with false. */
    cut(isCut: boolean) {
      state.isCut = isCut;
      for (const stream of streams) stream.destroy();
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function buildPage(): Promise<ReadonlyMap<string, string | Uint8Array>> {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const { output } = (await build({
    root: `${root}/web`,
    configFile: `${root}/vite.config.ts`,
    logLevel: 'error',
    build: { write: false },
  })) as Rolldown.RolldownOutput;
  return new Map(output.map((file) => [`/${file.fileName}`, file.type === 'chunk' ? file.code : file.source]));
}
