import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectByTls } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import { FrameReader } from '../src/network/frame-reader.ts';
import { ByteReader } from '../src/wire/byte-reader.ts';
import type { Api } from '../src/wire/message-schema.ts';
import { encodeRequest } from './broker-in-memory.ts';

const API_VERSIONS = 18;

/** A client that sends exactly what a test wants, one request at a time, for what no real client does. */
export class WireClient {
  readonly socket: Socket;
  private readonly frames = new FrameReader();

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (piece) => this.frames.push(piece));
    // The close that follows is enough.
    socket.on('error', () => undefined);
  }

  static async connect(address: string): Promise<WireClient> {
    const [host, port] = address.split(':');
    const socket = connect({ host: host ?? '', port: Number(port) });
    await once(socket, 'connect');
    return new WireClient(socket);
  }

  static async connectByTls(address: string, options: ConnectionOptions): Promise<WireClient> {
    const [host, port] = address.split(':');
    const socket = connectByTls({ host: host ?? '', port: Number(port), ...options });
    await once(socket, 'secureConnect');
    return new WireClient(socket);
  }

  async send<Request, Response>(api: Api<Request, Response>, version: number, request: Partial<Request>) {
    this.sendFrame(encodeRequest(api, version, request));
    const frame = await this.nextFrame();
    const reader = new ByteReader(frame, 4);
    if (api.response.isFlexible(version) && api.key !== API_VERSIONS) reader.unsignedVarint();
    return api.response.read(reader, version);
  }

  sendFrame(frame: Buffer): void {
    const length = Buffer.alloc(4);
    length.writeInt32BE(frame.length);
    this.socket.write(Buffer.concat([length, frame]));
  }

  /** The next answer, without its length. Rejects when the connection is closed first. */
  async nextFrame(): Promise<Buffer> {
    for (;;) {
      const frame = this.frames.next();
      if (frame) return frame;
      if (this.socket.closed || this.socket.destroyed) throw new Error('connection closed');
      await this.dataOrClose();
    }
  }

  private dataOrClose(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.socket.off('data', done).off('close', done);
        resolve();
      };
      this.socket.on('data', done).on('close', done);
    });
  }

  close(): void {
    this.socket.destroy();
  }
}
