import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { findFreePort, giveBackPort } from '../../tools/stack/find-free-port.ts';

/** What one process has to one server: a TCP proxy that can be cut and mended. */
export class Wire {
  readonly port: number;
  readonly #target: () => number;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #isSilent = false;

  private constructor(port: number, target: () => number) {
    this.port = port;
    this.#target = target;
  }

  /** `target` is asked at each connection. */
  static async to(target: () => number): Promise<Wire> {
    const wire = new Wire(await findFreePort(), target);
    await wire.mend();
    return wire;
  }

  /** Connections break, and new ones are refused. */
  async cut(): Promise<void> {
    const closed = this.#server === undefined ? undefined : once(this.#server, 'close');
    this.#server?.close();
    this.#server = undefined;
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** Bytes are taken and never arrive, and nobody is told: a cable that was pulled out. */
  silence(): void {
    this.#isSilent = true;
    for (const socket of this.#sockets) socket.pause();
  }

  /** New connections arrive again. Those that were silent are lost with what they held. */
  async mend(): Promise<void> {
    await this.cut();
    this.#isSilent = false;
    this.#server = createServer((client) => this.#join(client));
    this.#server.listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  async close(): Promise<void> {
    await this.cut();
    giveBackPort(this.port);
  }

  #join(client: Socket): void {
    const server = connect({ port: this.#target(), host: '127.0.0.1', noDelay: true });
    client.setNoDelay(true);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from);
      from.on('data', (bytes) => {
        if (!to.write(bytes)) from.pause();
      });
      to.on('drain', () => {
        if (!this.#isSilent) from.resume();
      });
      from.on('error', () => from.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        // What was sent before the end still arrives, as it would by a wire.
        if (to.connecting || to.destroyed) to.destroy();
        else to.end();
      });
      if (this.#isSilent) from.pause();
    }
  }
}
