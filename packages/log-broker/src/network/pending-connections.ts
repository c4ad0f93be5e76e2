import type { Socket } from 'node:net';

/**
 * Connections whose client has not finished its TLS handshake and its login. They are bounded in number and in time; when
 * there are too many, the oldest is closed, because a client that means to finish does so within milliseconds.
 */
export class PendingConnections {
  private readonly pending = new Map<string, { readonly socket: Socket; readonly deadline: NodeJS.Timeout }>();
  private readonly max: number;
  private readonly timeoutMs: number;
  private readonly close: (socket: Socket, reason: string) => void;

  /** `close` ends a connection, and logs the reason. */
  constructor(max: number, timeoutMs: number, close: (socket: Socket, reason: string) => void) {
    this.max = max;
    this.timeoutMs = timeoutMs;
    this.close = close;
  }

  get size(): number {
    return this.pending.size;
  }

  add(socket: Socket): void {
    const id = connectionId(socket);
    const [oldest] = this.pending;
    if (oldest && this.pending.size >= this.max) {
      this.pending.delete(oldest[0]);
      clearTimeout(oldest[1].deadline);
      this.close(oldest[1].socket, 'not authenticated; closed to make room for newer connections');
    }
    const late = `not authenticated after ${this.timeoutMs} ms`;
    const deadline = setTimeout(() => this.close(socket, late), this.timeoutMs);
    this.pending.set(id, { socket, deadline });
    socket.once('close', () => this.remove(id, socket));
  }

  /** The client has finished. `socket` may be the TLS socket around the one that was added. */
  settle(socket: Socket): void {
    this.remove(connectionId(socket));
  }

  /** Closes all of them without a word: the server stops. */
  destroyAll(): void {
    for (const { socket } of this.pending.values()) socket.destroy();
  }

  private remove(id: string, socket?: Socket): void {
    const found = this.pending.get(id);
    if (!found || (socket && found.socket !== socket)) return;
    clearTimeout(found.deadline);
    this.pending.delete(id);
  }
}

/** A TLS socket has the addresses of the socket below it. */
function connectionId({ remoteAddress, remotePort, localPort }: Socket): string {
  return `${remoteAddress}:${remotePort}:${localPort}`;
}
