import type { Socket } from 'node:net';
import type { Broker } from '../broker.ts';
import {
  IDLE_CONNECTION_MS,
  PIPELINED_PRODUCES_MAX,
  REQUEST_BYTES_BEFORE_LOGIN_MAX,
  SLOWEST_CLIENT_BYTES_PER_MS,
  SMALL_ANSWER_BYTES,
  SMALL_REQUEST_BYTES,
} from '../limits.ts';
import type { FaultAction } from '../faults.ts';
import { answerRequest } from '../requests/answer-request.ts';
import type { Client } from '../requests/define-request.ts';
import type { Login } from '../security/login.ts';
import { WireFormatError } from '../wire/byte-reader.ts';
import { Fetch } from '../wire/generated/fetch.ts';
import { Produce } from '../wire/generated/produce.ts';
import { AnswerSlabs } from '../slab-pool.ts';
import { isTurnOver, nextTurn } from '../turns.ts';
import { FrameReader } from './frame-reader.ts';

/**
 * Produce requests of all connections are assembled here, one after the other: each is written before the next is read.
 * A buffer for each would only be garbage.
 */
const PRODUCE_SCRATCH = Buffer.allocUnsafeSlow(2 * 1024 * 1024);

/** True while a request that takes several turns uses it. */
let isScratchTaken = false;

/** Undefined when the request has no answer. */
type Answer = Buffer[] | undefined;

/**
 * One client's connection. Requests are answered one after the other, as in Kafka: that keeps their order, and while one is
 * in progress or its answer is not read, the socket is paused. So a client can make the broker hold one request and one
 * answer, and the broker's budgets bound the sums over all connections.
 */
export class ClientConnection {
  private readonly socket: Socket;
  private readonly broker: Broker;
  private readonly client: Client;
  private readonly frames = new FrameReader();
  private isBusy = false;
  private isClosed = false;
  /** Answers of produce requests that still wait for the disk, and the last of them. */
  private unsentAnswers = 0;
  private lastAnswer: Promise<void> | undefined;
  /** Taken from the budget for the answer that is being built. */
  private answerHoldsBytes = 0;
  /** With bytes of the answer that is being built. */
  private readonly slabs: AnswerSlabs;
  /** Taken from the budget for the large request that is arriving. */
  private reservedBytes = 0;
  private arrivalDeadline: NodeJS.Timeout | undefined;
  /** Ends the wait for room to receive a large request. */
  private stopWaiting: (() => void) | undefined;

  constructor(socket: Socket, broker: Broker, client: Client, onClose: () => void) {
    this.socket = socket;
    this.broker = broker;
    this.slabs = new AnswerSlabs(broker.slabs);
    this.client = client;
    socket.setTimeout(IDLE_CONNECTION_MS);
    socket.on('data', (piece) => {
      this.frames.push(piece);
      if (!this.isBusy) this.work();
    });
    socket.on('timeout', () => this.closeWith(this.stalledState()));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // With TLS 1.3 a client reports here that it refuses our certificate.
      if (error.code?.startsWith('ERR_SSL')) this.closeWith(`TLS: ${error.message}`);
      else this.destroy();
    });
    socket.on('close', () => {
      this.isClosed = true;
      this.stopWaiting?.();
      this.releaseReservation();
      onClose();
    });
  }

  /** Bytes held for this client: of an incomplete request, and of answers that it has not read. */
  get heldBytes(): number {
    return this.frames.bufferedBytes + this.socket.writableLength;
  }

  destroy(): void {
    this.isClosed = true;
    this.socket.destroy();
  }

  private stalledState(): string {
    if (this.socket.writableLength > 0) return 'does not read its answer';
    return this.frames.bufferedBytes > 0 ? 'stalled within a request' : 'idle';
  }

  private closeWith(reason: string): void {
    const level = reason === 'idle' ? 'debug' : 'warn';
    this.broker.logger(level, 'connection closed', { from: this.socket.remoteAddress, reason });
    this.destroy();
  }

  private work(): void {
    this.isBusy = true;
    this.answerAll().then(
      () => {
        this.isBusy = false;
        if (!this.isClosed) this.resumeReading();
      },
      (error: unknown) => this.closeWith(String(error)),
    );
  }

  private async answerAll(): Promise<void> {
    for (let key = this.nextKey(); key !== undefined && !this.isClosed; key = this.nextKey()) {
      try {
        if (this.client.login?.expectsUnframedMessage) {
          await this.answerUnframed(this.client.login);
          continue;
        }
        // Awaiting it, even if it is done, lets other connections that wait for this turn run in between.
        await this.answerNext(key);
        if (this.client.login?.hasFailed) this.closeAfterAnswer();
      } finally {
        this.hold(-this.answerHoldsBytes);
      }
    }
  }

  /** As `FrameReader.nextKey`, with the bound on requests before the login. */
  private nextKey(): number | undefined {
    const { login } = this.client;
    const announced = login && !login.isAuthenticated ? this.frames.announcedBytes() : undefined;
    if (announced !== undefined && announced > REQUEST_BYTES_BEFORE_LOGIN_MAX) {
      throw new WireFormatError(`request of ${announced} bytes before the login`);
    }
    return this.frames.nextKey();
  }

  /** A message of a SASL mechanism. There is no frame to report a failure in, so the connection is closed, as by Kafka. */
  private async answerUnframed(login: Login): Promise<void> {
    this.socket.pause();
    const answer = await login.next(this.frames.next() as Buffer);
    const length = Buffer.alloc(4);
    length.writeInt32BE(answer.length);
    if (!this.isClosed) this.send([length, answer]);
  }

  private closeAfterAnswer(): void {
    this.isClosed = true;
    this.socket.destroySoon();
  }

  private async answerNext(key: number): Promise<void> {
    this.socket.setTimeout(IDLE_CONNECTION_MS);
    clearTimeout(this.arrivalDeadline);
    const fault = this.broker.faults.take(key);
    if (fault?.do === 'drop request') return this.destroy();
    const waits = key !== Produce.key || fault !== undefined || this.unsentAnswers >= PIPELINED_PRODUCES_MAX;
    if (waits && this.lastAnswer) {
      this.socket.pause();
      await this.lastAnswer;
    }
    while (isTurnOver()) {
      this.socket.pause();
      await nextTurn();
      if (this.isClosed) return;
    }
    const { answer, handled } = this.handleNext(key, fault);
    if (handled) await handled;
    if (key === Produce.key && !fault && (answer instanceof Promise || this.lastAnswer)) {
      this.releaseReservation();
      return this.sendInOrder(answer);
    }
    if (answer instanceof Promise) this.socket.pause();
    let chunks = answer instanceof Promise ? await answer : answer;
    this.releaseReservation();
    if (fault) chunks = await this.applyFault(fault, chunks);
    if (chunks && !this.isClosed && !this.send(chunks)) await this.drained(chunks);
  }

  /** Handles the next request. If `handled` is a promise, the bytes of the request are needed until it resolves. */
  private handleNext(
    key: number,
    fault: FaultAction | undefined,
  ): { answer: Answer | Promise<Answer>; handled: Promise<unknown> | undefined } {
    const usesScratch = key === Produce.key && !isScratchTaken;
    const frame = this.frames.next(usesScratch ? PRODUCE_SCRATCH : undefined) as Buffer;
    const forcedError = fault?.do === 'error' ? fault.code : undefined;
    let isHandled = false;
    let noteHandled = (): void => void (isHandled = true);
    const onHandled = () => noteHandled();
    const answer = answerRequest(this.broker, frame, this.client, {
      forcedError,
      onHandled,
      onHeld: this.hold,
      slabs: key === Fetch.key ? this.slabs : undefined,
    });
    if (isHandled || !(answer instanceof Promise)) return { answer, handled: undefined };
    if (usesScratch) isScratchTaken = true;
    this.socket.pause();
    const handled = Promise.race([answer, new Promise<void>((resolve) => (noteHandled = resolve))]);
    return { answer, handled: usesScratch ? handled.finally(() => (isScratchTaken = false)) : handled };
  }

  /** Takes bytes of the answer from the budget; negative bytes are released. */
  private readonly hold = (bytes: number): void => {
    this.answerHoldsBytes += bytes;
    if (bytes > 0) this.broker.answerBytes.take(bytes);
    if (bytes >= 0) return;
    this.broker.answerBytes.release(-bytes);
    // What was read is not sent: it was too little, or the client has gone.
    this.slabs.end()?.(false);
  };

  /**
   * Produce requests are the exception to one at a time: they are written in order at once, and only the answers wait for
   * the disk (`flush: always`). So pipelined requests share a sync.
   */
  private sendInOrder(answer: Answer | Promise<Answer>): void {
    const sent = Promise.all([answer, this.lastAnswer]).then(async ([chunks]) => {
      if (chunks && !this.isClosed && !this.send(chunks)) await this.drained(chunks);
    });
    this.unsentAnswers++;
    const settled = sent
      .catch((error: unknown) => this.closeWith(String(error)))
      .then(() => {
        this.unsentAnswers--;
        if (this.lastAnswer === settled) this.lastAnswer = undefined;
        // The socket was paused while the client read this answer, and there may be no other call that resumes it.
        if (!this.isBusy && !this.isClosed) this.resumeReading();
      });
    this.lastAnswer = settled;
  }

  private async applyFault(fault: FaultAction, answer: Answer): Promise<Answer> {
    if (fault.do === 'delay') await new Promise((resolve) => setTimeout(resolve, fault.ms));
    else if (fault.do === 'hold') {
      fault.reached();
      await fault.until;
    } else if (fault.do === 'split answer' && answer) {
      this.socket.end(Buffer.concat(answer).subarray(0, fault.bytes));
      this.isClosed = true;
    } else if (fault.do !== 'error') this.destroy();
    return answer;
  }

  /** Resolves when `begin` reports done, or when the connection closes. `begin` returns how to stop waiting. */
  private untilClosedOr(begin: (done: () => void) => () => void): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        stop();
        this.socket.off('close', done);
        resolve();
      };
      const stop = begin(done);
      this.socket.on('close', done);
    });
  }

  /** Reads the next request; a large one only when the budget has room for it. */
  private resumeReading(): void {
    this.stopWaiting?.();
    const announced = this.frames.announcedBytes() ?? 0;
    if (this.frames.bufferedBytes > 0) this.socket.setTimeout(this.broker.options.stalledClientMs);
    if (announced <= SMALL_REQUEST_BYTES || this.reservedBytes > 0) {
      this.socket.resume();
    } else if (this.broker.requestBytes.tryTake(announced)) {
      this.reservedBytes = announced;
      this.arrivalDeadline = this.limitTime(announced);
      if (announced > PRODUCE_SCRATCH.length) this.frames.assemble();
      this.socket.resume();
    } else {
      this.socket.pause();
      // The wait is caused by other clients, so no time-out applies.
      this.socket.setTimeout(0);
      this.stopWaiting = this.broker.requestBytes.onceRoom(() => this.resumeReading());
    }
  }

  /** Limits the time that bytes of the shared budget are held, to what they take on a slow line. */
  private limitTime(bytes: number): NodeJS.Timeout {
    const limitMs = this.broker.options.stalledClientMs + bytes / SLOWEST_CLIENT_BYTES_PER_MS;
    return setTimeout(() => this.closeWith(`${bytes} bytes took more than ${Math.round(limitMs)} ms`), limitMs);
  }

  private releaseReservation(): void {
    if (this.reservedBytes === 0) return;
    const bytes = this.reservedBytes;
    this.reservedBytes = 0;
    clearTimeout(this.arrivalDeadline);
    this.broker.requestBytes.release(bytes);
  }

  /** False when the client reads its answers more slowly than they come. */
  private send(chunks: readonly Buffer[]): boolean {
    const hasRoom = this.answerHoldsBytes > 0 || this.broker.answerBytes.hasRoom;
    if (!hasRoom && bytesOf(chunks) > SMALL_ANSWER_BYTES) {
      this.closeWith('no memory left for its answer');
      return true;
    }
    this.socket.cork();
    let isTaken = true;
    const slabsSent = this.slabs.end();
    const last = chunks.length - 1;
    for (const [index, chunk] of chunks.entries()) {
      const whenSent =
        index === last && slabsSent ? (error?: Error | null) => slabsSent(!error && !this.isClosed) : undefined;
      isTaken = this.socket.write(chunk, whenSent);
    }
    this.socket.uncork();
    return isTaken;
  }

  /** Resolves when the client has read the answer. A client that does not read is disconnected by the time-out. */
  private async drained(answer: readonly Buffer[]): Promise<void> {
    const bytes = bytesOf(answer);
    // The other bytes were taken from the budget when they were read.
    const more = Math.max(0, bytes - this.answerHoldsBytes);
    this.broker.answerBytes.take(more);
    this.socket.pause();
    this.socket.setTimeout(this.broker.options.stalledClientMs);
    const deadline = this.limitTime(bytes);
    await this.untilClosedOr((done) => {
      this.socket.on('drain', done);
      return () => void this.socket.off('drain', done);
    });
    this.socket.setTimeout(IDLE_CONNECTION_MS);
    clearTimeout(deadline);
    this.broker.answerBytes.release(more);
  }
}

function bytesOf(chunks: readonly Buffer[]): number {
  return chunks.reduce((sum, chunk) => sum + chunk.length, 0);
}
