import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { Broker } from '../broker.ts';
import type { Address } from '../config.ts';
import { PENDING_CONNECTIONS_MAX, SMALL_REQUEST_BYTES } from '../limits.ts';
import type { ClientConnection } from './client-connection.ts';
import { admitClients } from './listener.ts';
import { PendingConnections } from './pending-connections.ts';

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
  readonly name: string;
  /** Ends what belongs to the port beside its connections. */
  readonly stop: () => void;
}

/** Accepts clients on every listener. Resolves when all ports are open, rejects when one cannot be. */
export async function listen(broker: Broker): Promise<ListeningServer> {
  const open = new Set<Socket>();
  const connections = new Map<ClientConnection, string>();
  broker.metrics.connections = connections;
  const { authenticationTimeoutMs } = broker.options;
  const pending = new PendingConnections(PENDING_CONNECTIONS_MAX, authenticationTimeoutMs, (socket, reason) => {
    broker.logger('warn', 'connection closed', { from: socket.remoteAddress, reason });
    socket.destroy();
  });
  broker.metrics.pending = pending;
  const ports: OpenPort[] = [];
  const close = async (): Promise<void> => {
    const closed = ports.map(({ server }) => new Promise<void>((resolve) => void server.close(() => resolve())));
    for (const { stop } of ports) stop();
    pending.destroyAll();
    for (const connection of connections.keys()) connection.destroy();
    await Promise.all(closed);
  };
  try {
    for (const listener of broker.options.listeners) {
      const { accept, stop, ...of } = await admitClients(broker, listener, { open, connections, pending });
      // So much, and the piece that exceeds it, is still read from a client that is paused.
      const server = createServer({ noDelay: true, highWaterMark: SMALL_REQUEST_BYTES }, accept);
      try {
        const address = await openPort(server, broker, listener);
        ports.push({
          server,
          address,
          advertised: of.advertisedFor(address.port),
          name: of.nameFor(address.port),
          stop,
        });
      } catch (error) {
        stop();
        throw error;
      }
    }
  } catch (error) {
    await close();
    throw error;
  }
  broker.metrics.listeners = ports.map(({ name }) => name);
  return {
    addresses: ports.map(({ address }) => address),
    advertised: ports.map(({ advertised }) => advertised),
    close,
  };
}

function openPort(server: Server, { logger }: Broker, { host, port }: Address): Promise<Address> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      server.on('error', (error) => logger('error', 'listening failed', { error: error.message }));
      resolve({ host, port: (server.address() as AddressInfo).port });
    });
  });
}
