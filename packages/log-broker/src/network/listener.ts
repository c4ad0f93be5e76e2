import type { Socket } from 'node:net';
import type { Broker } from '../broker.ts';
import { usesTls } from '../config.ts';
import type { Address, Listener } from '../config.ts';
import { ClientConnection } from './client-connection.ts';
import type { PendingConnections } from './pending-connections.ts';
import { ANONYMOUS, TlsGate } from './tls-gate.ts';

export interface Admission {
  /** For each connection that is accepted. */
  readonly accept: (socket: Socket) => void;
  readonly advertisedFor: (port: number) => Address;
  readonly stop: () => void;
}

/**
 * What a connection of this listener goes through before its requests are answered: the bound on their number, then the TLS
 * handshake.
 *
 * @throws {Error} when its TLS files cannot be used
 */
export function admitClients(
  broker: Broker,
  listener: Listener,
  connections: Set<ClientConnection>,
  pending: PendingConnections,
): Admission {
  const { logger, options } = broker;
  const { host, security = 'PLAINTEXT' } = listener;
  if (security.startsWith('SASL')) throw new Error(`${security}: logins are not implemented yet`);
  const advertisedFor = (port: number): Address => listener.advertise ?? { host, port };

  const serve = (socket: Socket, principal: string): void => {
    const brokerAddress = advertisedFor(socket.localPort ?? listener.port);
    const client = { host: socket.remoteAddress ?? '', brokerAddress, principal };
    const connection = new ClientConnection(socket, broker, client, () => void connections.delete(connection));
    connections.add(connection);
    pending.settle(socket);
  };
  const refuse = (socket: Socket, reason: string): void => {
    logger('warn', 'connection closed', { from: socket.remoteAddress, security, reason });
    socket.destroy();
  };
  const gate = usesTls(listener) ? openGate(broker, listener, serve, refuse) : undefined;
  const accept = (socket: Socket): void => {
    if (connections.size + pending.size >= options.maxConnections) {
      logger('warn', 'connection refused', { from: socket.remoteAddress, connections: connections.size });
      socket.destroy();
    } else if (gate) {
      pending.add(socket);
      gate.take(socket);
    } else {
      serve(socket, ANONYMOUS);
    }
  };
  return { accept, advertisedFor, stop: () => gate?.close() };
}

function openGate(
  { logger, options }: Broker,
  { security, tls }: Listener,
  onClient: (socket: Socket, principal: string) => void,
  onRefused: (socket: Socket, reason: string) => void,
): TlsGate {
  if (!tls) throw new Error(`a listener with ${security} needs a TLS certificate and its key`);
  return new TlsGate({ files: tls, reloadIntervalMs: options.tlsReloadIntervalMs, logger, onClient, onRefused });
}
