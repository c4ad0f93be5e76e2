import type { ClientBase } from 'pg';

/**
 * For the pool's `onConnect`. Until TypeORM takes a new connection over it has no listener for errors, and one that arrives
 * in the same packet as the server's ready message, as at a shutdown of the server, would end the process. The next query
 * on the connection fails with the error.
 */
export function ignorePoolClientErrors(client: ClientBase): void {
  client.on('error', () => undefined);
}
