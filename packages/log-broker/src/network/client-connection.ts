import type { Socket } from 'node:net';
import type { Broker } from '../broker.ts';
import { answerRequest } from '../requests/answer-request.ts';
import { FrameReader } from './frame-reader.ts';

/**
 * One client's connection. Requests are answered one after the other, as Kafka does: that keeps their order, and while
 * one is worked on or its answer is not taken, the socket is not read.
 */
export class ClientConnection {
  private readonly socket: Socket;
  private readonly broker: Broker;
  private readonly frames = new FrameReader();
  private isBusy = false;
  private isClosed = false;

  constructor(socket: Socket, broker: Broker, onClose: () => void) {
    this.socket = socket;
    this.broker = broker;
    socket.on('data', (piece) => {
      this.frames.push(piece);
      if (!this.isBusy) this.work();
    });
    socket.on('error', () => this.destroy());
    socket.on('close', () => {
      this.isClosed = true;
      onClose();
    });
  }

  destroy(): void {
    this.isClosed = true;
    this.socket.destroy();
  }

  private work(): void {
    this.isBusy = true;
    this.answerAll().then(
      () => {
        this.isBusy = false;
        if (!this.isClosed) this.socket.resume();
      },
      (error: unknown) => {
        const { remoteAddress: from } = this.socket;
        this.broker.logger('warn', 'connection closed', { from, reason: String(error) });
        this.destroy();
      },
    );
  }

  private async answerAll(): Promise<void> {
    for (let frame = this.frames.next(); frame && !this.isClosed; frame = this.frames.next()) {
      const pending = answerRequest(this.broker, frame, this.socket.remoteAddress ?? '');
      let answer;
      if (pending instanceof Promise) {
        this.socket.pause();
        answer = await pending;
      } else {
        answer = pending;
      }
      if (answer && !this.isClosed && !this.send(answer)) await this.drained();
    }
  }

  /** False when the client does not take its answers as fast as they come. */
  private send(chunks: readonly Buffer[]): boolean {
    this.socket.cork();
    let isTaken = true;
    for (const chunk of chunks) isTaken = this.socket.write(chunk);
    this.socket.uncork();
    return isTaken;
  }

  private drained(): Promise<void> {
    this.socket.pause();
    return new Promise((resolve) => {
      const done = () => {
        this.socket.off('drain', done);
        this.socket.off('close', done);
        resolve();
      };
      this.socket.on('drain', done);
      this.socket.on('close', done);
    });
  }
}
