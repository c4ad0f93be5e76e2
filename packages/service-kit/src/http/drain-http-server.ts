import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { CONNECTIONS_SWEEP_MS, HTTP_DRAIN_MS_MAX, REQUEST_ARRIVAL_MS_MAX } from '../limits.ts';

/** By connection, the answers that a server still owes there. */
type Owed = Map<Socket, Set<ServerResponse>>;

const owedBy = new WeakMap<Server, Owed>();

/** Keeps count of connections and their requests, so that `drainHttpServer` knows which of them are worth waiting for. */
export function countRequests(server: Server): void {
  const owed: Owed = new Map();
  owedBy.set(server, owed);
  server.on('connection', (socket) => {
    owed.set(socket, new Set());
    socket.once('close', () => owed.delete(socket));
  });
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    const responses = owed.get(request.socket);
    responses?.add(response);
    response.once('close', () => responses?.delete(response));
    if (!server.listening) closeAfter(response);
  });
}

/**
 * Takes no more connections and waits until requests in flight have their answers, each of which ends its connection: a
 * caller that kept it would meet a reset at its next request. A request that is still being sent has to be complete within
 * REQUEST_ARRIVAL_MS_MAX. Every other connection is closed: idle ones, those that trickle a request, and those that have
 * become something else by an upgrade. None is left open after `drainMs`.
 * @returns how many requests had no answer by then
 */
export async function drainHttpServer(server: Server, drainMs: number = HTTP_DRAIN_MS_MAX): Promise<number> {
  if (!server.listening) return 0;
  const { promise: closed, resolve, reject } = Promise.withResolvers<void>();
  server.close((error) => (error === undefined ? resolve() : reject(error)));
  const owed: Owed = owedBy.get(server) ?? new Map();
  for (const responses of owed.values()) responses.forEach(closeAfter);

  const startedAt = performance.now();
  let unanswered = 0;
  const sweep = setInterval(() => {
    server.closeIdleConnections();
    const passedMs = performance.now() - startedAt;
    for (const [socket, responses] of owed) {
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
