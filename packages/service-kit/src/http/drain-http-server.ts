import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { CONNECTIONS_SWEEP_MS, HTTP_DRAIN_MS_MAX, REQUEST_ARRIVAL_MS_MAX } from '../limits.ts';

/** Responses that are not finished yet, by connection. */
type Unfinished = Map<Socket, Set<ServerResponse>>;

const unfinishedOf = new WeakMap<Server, Unfinished>();

/** Tracks connections and their requests, so that `drainHttpServer` knows which of them to wait for. */
export function countRequests(server: Server): void {
  const unfinished: Unfinished = new Map();
  unfinishedOf.set(server, unfinished);
  server.on('connection', (socket) => {
    unfinished.set(socket, new Set());
    socket.once('close', () => unfinished.delete(socket));
  });
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    const responses = unfinished.get(request.socket);
    responses?.add(response);
    response.once('close', () => responses?.delete(response));
    if (!server.listening) closeAfter(response);
  });
}

/**
 * Accepts no more connections and waits until requests in flight are answered. Each answer closes its connection: a caller
 * that kept it would get a connection reset at its next request. A request that is still being sent must be complete within
 * REQUEST_ARRIVAL_MS_MAX. Every other connection is closed: idle ones, those that send a request too slowly, and upgraded
 * ones. None is left open after `drainMs`.
 * @returns how many requests had no answer by then
 */
export async function drainHttpServer(server: Server, drainMs: number = HTTP_DRAIN_MS_MAX): Promise<number> {
  if (!server.listening) return 0;
  const { promise: closed, resolve, reject } = Promise.withResolvers<void>();
  server.close((error) => (error === undefined ? resolve() : reject(error)));
  const unfinished: Unfinished = unfinishedOf.get(server) ?? new Map();
  for (const responses of unfinished.values()) responses.forEach(closeAfter);

  const startedAt = performance.now();
  let unanswered = 0;
  const sweep = setInterval(() => {
    server.closeIdleConnections();
    const passedMs = performance.now() - startedAt;
    for (const [socket, responses] of unfinished) {
      const complete = [...responses].filter(({ req }) => req.complete);
      if (passedMs > drainMs) unanswered += complete.filter(({ writableEnded }) => !writableEnded).length;
      else if (complete.length > 0 || passedMs <= REQUEST_ARRIVAL_MS_MAX) continue;
      socket.destroy();
    }
  }, CONNECTIONS_SWEEP_MS);
  try {
    await closed;
  } finally {
    clearInterval(sweep);
  }
  return unanswered;
}

function closeAfter(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('connection', 'close');
}
