import type { ClientBase } from 'pg';

/**
 * For the pool's `onConnect`. Between the pool's hands and TypeORM's nobody listens to a new connection; an error that
 * comes with the very packet in which the server says that it is ready (a shutdown does that) would end the process.
 * Whoever uses the connection learns of the error by its next query.
 */
export function hearEveryError(client: ClientBase): void {
  client.on('error', () => undefined);
}
