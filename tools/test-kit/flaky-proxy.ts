import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/** A TCP proxy that stands for whatever happens on the way to a server: it restarts, its machine hangs, a cable is cut. */
export class FlakyProxy {
  readonly #target: () => URL;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port: number;
  #isStalled = false;

  private constructor(target: () => URL, port: number) {
    this.#target = target;
    this.#port = port;
  }

  /**
   * Takes the port, any free one when not given, without listening on it: a server that is not there yet. `target` is called at
   * each connection.
   */
  static async before(target: () => URL, port = 0): Promise<FlakyProxy> {
    const proxy = new FlakyProxy(target, port);
    await proxy.restore();
    await proxy.cut();
    return proxy;
  }

  get port(): number {
    return this.#port;
  }

  /** The server's own, with this proxy's address. */
  get url(): string {
    const url = new URL(this.#target());
    url.host = `127.0.0.1:${this.#port}`;
    return url.href;
  }

  /** The server is down: connections break, new ones are refused. */
  async cut(): Promise<void> {
    const closed = this.#server === undefined ? undefined : once(this.#server, 'close');
    this.#server?.close();
    this.#server = undefined;
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** The server is back, at the same address. Connections that were stalled are lost with what they held. */
  async restore(): Promise<void> {
    await this.cut();
    this.#isStalled = false;
    this.#server = createServer((client) => this.#join(client));
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** It accepts connections and bytes, and answers nothing, without an error. */
  stall(): void {
    this.#isStalled = true;
    for (const socket of this.#sockets) socket.pause();
  }

  #join(client: Socket): void {
    const { hostname, port } = this.#target();
    const server = connect({ host: hostname, port: Number(port), noDelay: true });
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
        if (!this.#isStalled) from.resume();
      });
      from.on('error', () => from.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        // What was sent before the end still arrives, as it would by a wire.
        if (to.connecting || to.destroyed) to.destroy();
        else to.end();
      });
      if (this.#isStalled) from.pause();
    }
  }
}
