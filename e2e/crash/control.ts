import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Order } from './kill-point.ts';

/** The other end of `inside/kill-at.ts`: the processes of the run, by the connections they keep. */
export class Control extends EventEmitter<{ connected: [part: string] }> {
  readonly #server: Server;
  readonly #sockets = new Map<string, Socket>();

  private constructor(server: Server) {
    super();
    this.#server = server;
    server.on('connection', (socket) => {
      socket.on('error', () => socket.destroy());
      createInterface({ input: socket }).once('line', (part) => {
        this.#sockets.set(part, socket);
        this.emit('connected', part);
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

  /** Goes to the process that has the name now. */
  tell(part: string, order: Order): void {
    this.#sockets.get(part)?.write(`${JSON.stringify(order)}\n`);
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets.values()) socket.destroy();
  }
}
