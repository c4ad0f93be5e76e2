import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import type { Broker } from '../broker.ts';
import { ClientConnection } from './client-connection.ts';

export interface ListeningServer {
  readonly address: { readonly host: string; readonly port: number };
  /** Closes every connection and the port. */
  close(): Promise<void>;
}

/** Accepts clients. Resolves when the port is open, rejects when it cannot be. */
export function listen(broker: Broker): Promise<ListeningServer> {
  const connections = new Set<ClientConnection>();
  broker.metrics.connections = connections;
  const server = createServer({ noDelay: true }, (socket) => {
    if (connections.size >= broker.options.maxConnections) {
      broker.logger('warn', 'connection refused', { from: socket.remoteAddress, connections: connections.size });
      socket.destroy();
      return;
    }
    const connection = new ClientConnection(socket, broker, () => void connections.delete(connection));
    connections.add(connection);
  });
  const { host, port } = broker.options.listen;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      server.on('error', (error) => broker.logger('error', 'listening failed', { error: error.message }));
      const address = { host, port: (server.address() as AddressInfo).port };
      resolve({ address, close: () => closeAll(server, connections) });
    });
  });
}

async function closeAll(server: Server, connections: ReadonlySet<ClientConnection>): Promise<void> {
  const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
  for (const connection of connections) connection.destroy();
  await closed;
}
