import type { Server } from 'node:http';
import { IDLE_CONNECTIONS_SWEEP_MS } from '../limits.ts';

/**
 * Takes no more connections and waits until requests at work have their answers. Connections that are kept alive
 * without a request do not hold it up: they are closed as they become idle.
 */
export async function drainHttpServer(server: Server): Promise<void> {
  if (!server.listening) return;
  const { promise: closed, resolve, reject } = Promise.withResolvers<void>();
  server.close((error) => (error === undefined ? resolve() : reject(error)));
  const sweep = setInterval(() => server.closeIdleConnections(), IDLE_CONNECTIONS_SWEEP_MS);
  server.closeIdleConnections();
  try {
    await closed;
  } finally {
    clearInterval(sweep);
  }
}
