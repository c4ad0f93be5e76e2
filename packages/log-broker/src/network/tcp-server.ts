import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import type { Broker } from '../broker.ts';
import type { Address, Listener } from '../config.ts';
import { ClientConnection } from './client-connection.ts';

export interface ListeningServer {
  /** In the order of the listeners. */
  readonly addresses: readonly Address[];
  /** The addresses that their clients connect to. */
  readonly advertised: readonly Address[];
  /** Closes every connection and the ports. */
  close(): Promise<void>;
}

interface OpenPort {
  readonly server: Server;
  readonly address: Address;
  readonly advertised: Address;
}

/** Accepts clients on every listener. Resolves when all ports are open, rejects when one cannot be. */
export async function listen(broker: Broker): Promise<ListeningServer> {
  const connections = new Set<ClientConnection>();
  broker.metrics.connections = connections;
  const ports: OpenPort[] = [];
  const close = async (): Promise<void> => closeAll(ports, connections);
  try {
    for (const listener of broker.options.listeners) ports.push(await open(broker, listener, connections));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    addresses: ports.map(({ address }) => address),
    advertised: ports.map(({ advertised }) => advertised),
    close,
  };
}

function open(broker: Broker, listener: Listener, connections: Set<ClientConnection>): Promise<OpenPort> {
  const { host } = listener;
  const advertisedFor = (port: number): Address => listener.advertise ?? { host, port };
  const server = createServer({ noDelay: true }, (socket) => {
    if (connections.size >= broker.options.maxConnections) {
      broker.logger('warn', 'connection refused', { from: socket.remoteAddress, connections: connections.size });
      socket.destroy();
      return;
    }
    const advertised = advertisedFor(socket.localPort ?? listener.port);
    const connection = new ClientConnection(socket, broker, advertised, () => void connections.delete(connection));
    connections.add(connection);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port: listener.port }, () => {
      server.off('error', reject);
      server.on('error', (error) => broker.logger('error', 'listening failed', { error: error.message }));
      const { port } = server.address() as AddressInfo;
      resolve({ server, address: { host, port }, advertised: advertisedFor(port) });
    });
  });
}

async function closeAll(ports: readonly OpenPort[], connections: ReadonlySet<ClientConnection>): Promise<void> {
  const closed = ports.map(({ server }) => new Promise<void>((resolve) => void server.close(() => resolve())));
  for (const connection of connections) connection.destroy();
  await Promise.all(closed);
}
