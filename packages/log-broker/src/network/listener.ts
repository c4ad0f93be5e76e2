import type { Socket } from 'node:net';
import type { Broker } from '../broker.ts';
import { addressText, requiresLogin, usesTls } from '../config.ts';
import type { Address, Listener } from '../config.ts';
import type { AuthenticationError } from '../security/authentication-error.ts';
import { Login } from '../security/login.ts';
import { ANONYMOUS } from '../security/principal.ts';
import { ClientConnection } from './client-connection.ts';
import type { PendingConnections } from './pending-connections.ts';
import type { TlsGate } from './tls-gate.ts';

export interface Admission {
  /** For each connection that is accepted. */
  readonly accept: (socket: Socket) => void;
  readonly advertisedFor: (port: number) => Address;
  /** Such as `SASL_SSL://127.0.0.1:9093`. */
  readonly nameFor: (port: number) => string;
  readonly stop: () => void;
}

/** The connections of all listeners. */
export interface AcceptedConnections {
  /** All that are open. */
  readonly open: Set<Socket>;
  /** Those whose requests are read, with the name of their listener. */
  readonly connections: Map<ClientConnection, string>;
  readonly pending: PendingConnections;
}

/**
 * What a connection of this listener goes through before its requests are answered: the bound on their number, then the TLS
 * handshake, then the login.
 *
 * @throws {Error} when its TLS files cannot be used
 */
export async function admitClients(
  broker: Broker,
  listener: Listener,
  { open, connections, pending }: AcceptedConnections,
): Promise<Admission> {
  const { logger, options } = broker;
  const { host, security = 'PLAINTEXT' } = listener;
  const advertisedFor = (port: number): Address => listener.advertise ?? { host, port };
  const nameFor = (port: number): string => `${security}://${addressText({ host, port })}`;

  const serve = (socket: Socket, principal: string): void => {
    const host = socket.remoteAddress ?? '';
    const brokerAddress = advertisedFor(socket.localPort ?? listener.port);
    const login = requiresLogin(listener) ? beginLogin(broker, host, () => pending.settle(socket)) : undefined;
    const client = {
      host,
      brokerAddress,
      login,
      get principal() {
        return login?.principal ?? principal;
      },
    };
    const connection = new ClientConnection(socket, broker, client, () => void connections.delete(connection));
    connections.set(connection, nameFor(socket.localPort ?? listener.port));
    if (!login) pending.settle(socket);
  };
  const refuse = (socket: Socket, reason: string): void => {
    logger('warn', 'connection closed', { from: socket.remoteAddress, security, reason });
    socket.destroy();
  };
  const gate = usesTls(listener) ? await openGate(broker, listener, serve, refuse) : undefined;
  const accept = (socket: Socket): void => {
    if (open.size >= options.maxConnections) {
      logger('warn', 'connection refused', { from: socket.remoteAddress, connections: open.size });
      socket.destroy();
      return;
    }
    open.add(socket);
    socket.once('close', () => void open.delete(socket));
    if (gate || requiresLogin(listener)) pending.add(socket);
    if (gate) gate.take(socket);
    else serve(socket, ANONYMOUS);
  };
  return { accept, advertisedFor, nameFor, stop: () => gate?.close() };
}

function beginLogin({ logger, logins, metrics }: Broker, from: string, onSuccess: () => void): Login {
  const onFailure = (mechanism: string, { user, message }: AuthenticationError) => {
    metrics.noteFailedLogin(mechanism);
    logger('warn', 'login failed', { from, mechanism, user, reason: message });
  };
  return new Login(logins, { onSuccess, onFailure });
}

/** TLS is loaded on demand: a broker without it starts faster. */
async function openGate(
  { logger, options }: Broker,
  { security, tls }: Listener,
  onClient: (socket: Socket, principal: string) => void,
  onRefused: (socket: Socket, reason: string) => void,
): Promise<TlsGate> {
  if (!tls) throw new Error(`a listener with ${security} needs a TLS certificate and its key`);
  const { TlsGate: Gate } = await import('./tls-gate.ts');
  return new Gate({ files: tls, reloadIntervalMs: options.tlsReloadIntervalMs, logger, onClient, onRefused });
}
