import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { IDLE_CONNECTIONS_SWEEP_MS } from '../limits.ts';

/** Answers that a server still owes. */
const owed = new WeakMap<Server, Set<ServerResponse>>();

/** Keeps count of the requests at work, so that `drainHttpServer` can tell their callers to come back elsewhere. */
export function countRequests(server: Server): void {
  const responses = new Set<ServerResponse>();
  owed.set(server, responses);
  server.prependListener('request', (_request: IncomingMessage, response: ServerResponse) => {
    responses.add(response);
    response.once('close', () => responses.delete(response));
    if (!server.listening) closeAfter(response);
  });
}

/**
 * Takes no more connections and waits until requests at work have their answers, each of which ends its connection:
 * a caller that kept it would meet a reset at its next request. Connections without a request are closed.
 */
export async function drainHttpServer(server: Server): Promise<void> {
  if (!server.listening) return;
  const { promise: closed, resolve, reject } = Promise.withResolvers<void>();
  server.close((error) => (error === undefined ? resolve() : reject(error)));
  owed.get(server)?.forEach(closeAfter);
  const sweep = setInterval(() => server.closeIdleConnections(), IDLE_CONNECTIONS_SWEEP_MS);
  try {
    await closed;
  } finally {
    clearInterval(sweep);
  }
}

function closeAfter(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('connection', 'close');
}
