import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { Through } from '../systems/system.ts';

/** Stands between a client and its broker, and counts what crosses. Packet headers are not counted. */
export class CountingProxy {
  toBroker = 0;
  fromBroker = 0;
  /** How often a connection changed from sending to receiving. */
  roundTrips = 0;
  readonly #servers = new Map<string, Promise<Server>>();
  readonly #sockets = new Set<Socket>();

  /** The place to connect to instead. */
  readonly through: Through = async (place) => {
    const listening = this.#servers.get(place) ?? this.#listen(place);
    this.#servers.set(place, listening);
    const { port } = (await listening).address() as AddressInfo;
    return `127.0.0.1:${port}`;
  };

  /** What crosses while `work` runs. */
  async count(work: () => Promise<unknown>): Promise<{ bytes: number; received: number; roundTrips: number }> {
    const { toBroker, fromBroker, roundTrips } = this;
    await work();
    const received = this.fromBroker - fromBroker;
    return { bytes: this.toBroker - toBroker + received, received, roundTrips: this.roundTrips - roundTrips };
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all([...this.#servers.values()].map(async (listening) => (await listening).close()));
  }

  async #listen(place: string): Promise<Server> {
    const [host = '', port] = place.split(':');
    const server = createServer({ noDelay: true }, (client) => {
      this.#join(client, connect({ host, port: Number(port), noDelay: true }));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return server;
  }

  #join(client: Socket, broker: Socket): void {
    let isSending = false;
    client.on('data', ({ length }) => {
      this.toBroker += length;
      isSending = true;
    });
    broker.on('data', ({ length }) => {
      this.fromBroker += length;
      if (isSending) this.roundTrips++;
      isSending = false;
    });
    for (const [socket, other] of [
      [client, broker],
      [broker, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.pipe(other);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
  }
}
