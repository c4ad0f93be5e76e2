import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Order } from './kill-point.ts';

/** A process connects before it loads its program, so it is there when it is ready, or a moment later. */
const CONNECTED_WITHIN_MS = 10_000;

/** The other end of `inside/kill-at.ts`: the processes of the run, by the connections they keep. */
export class Control extends EventEmitter<{ connected: [] }> {
  readonly #server: Server;
  readonly #sockets = new Map<number, Socket>();

  private constructor(server: Server) {
    super();
    this.#server = server;
    server.on('connection', (socket) => {
      socket.on('error', () => socket.destroy());
      createInterface({ input: socket }).once('line', (line) => {
        const pid = Number(line);
        this.#sockets.set(pid, socket);
        socket.once('close', () => this.#sockets.delete(pid));
        this.emit('connected');
      });
    });
  }

  static async listen(): Promise<Control> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Control(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async send(pid: number, order: Order): Promise<void> {
    const giveUp = AbortSignal.timeout(CONNECTED_WITHIN_MS);
    while (!this.#sockets.has(pid)) await once(this, 'connected', { signal: giveUp });
    this.#sockets.get(pid)?.write(`${JSON.stringify(order)}\n`);
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets.values()) socket.destroy();
  }
}
