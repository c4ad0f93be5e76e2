import type { Socket } from 'node:net';
import type { Broker } from '../broker.ts';
import type { Address } from '../config.ts';
import {
  IDLE_CONNECTION_MS,
  PIPELINED_PRODUCES_MAX,
  SLOWEST_CLIENT_BYTES_PER_MS,
  SMALL_ANSWER_BYTES,
  SMALL_REQUEST_BYTES,
} from '../limits.ts';
import type { FaultAction } from '../faults.ts';
import { answerRequest } from '../requests/answer-request.ts';
import type { Client } from '../requests/define-request.ts';
import { Produce } from '../wire/generated/produce.ts';
import { isTurnOver, nextTurn } from '../turns.ts';
import { FrameReader } from './frame-reader.ts';

/**
 * Produces of all connections are put together here, one after the other: what one brings is written before the next is
 * looked at. Memory for each would soon be garbage.
 */
const PRODUCE_SCRATCH = Buffer.allocUnsafeSlow(2 * 1024 * 1024);

/** One that takes several turns keeps it meanwhile. */
let isScratchTaken = false;

/** Undefined where none is due. */
type Answer = Buffer[] | undefined;

/**
 * One client's connection. Requests are answered one after the other, as Kafka does: that keeps their order, and while
 * one is worked on or its answer is not taken, the socket is not read. So a client can make the broker hold one request
 * and one answer, and the sums over all connections are bounded by the broker's budgets.
 */
export class ClientConnection {
  private readonly socket: Socket;
  private readonly broker: Broker;
  private readonly client: Client;
  private readonly frames = new FrameReader();
  private isBusy = false;
  private isClosed = false;
  /** Answers of produces that still wait for the disk, and the last of them. */
  private unsentAnswers = 0;
  private lastAnswer: Promise<void> | undefined;
  /** Taken from the budget for what the answer that is being put together holds. */
  private answerHoldsBytes = 0;
  /** Taken from the budget for the large request that is arriving. */
  private reservedBytes = 0;
  private arrivalDeadline: NodeJS.Timeout | undefined;
  /** Ends the wait for room to receive a large request. */
  private stopWaiting: (() => void) | undefined;

  /** `brokerAddress`: where this client is told to connect. */
  constructor(socket: Socket, broker: Broker, brokerAddress: Address, onClose: () => void) {
    this.socket = socket;
    this.broker = broker;
    this.client = { host: socket.remoteAddress ?? '', brokerAddress };
    socket.setTimeout(IDLE_CONNECTION_MS);
    socket.on('data', (piece) => {
      this.frames.push(piece);
      if (!this.isBusy) this.work();
    });
    socket.on('timeout', () => this.closeWith(this.whatIsStill()));
    socket.on('error', () => this.destroy());
    socket.on('close', () => {
      this.isClosed = true;
      this.stopWaiting?.();
      this.releaseReservation();
      onClose();
    });
  }

  /** Bytes that are kept for this client: of a request that is not whole yet, of answers it has not taken. */
  get heldBytes(): number {
    return this.frames.bufferedBytes + this.socket.writableLength;
  }

  destroy(): void {
    this.isClosed = true;
    this.socket.destroy();
  }

  private whatIsStill(): string {
    if (this.socket.writableLength > 0) return 'takes nothing of its answer';
    return this.frames.bufferedBytes > 0 ? 'stalled in a request' : 'idle';
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
        if (!this.isClosed) this.readOn();
      },
      (error: unknown) => this.closeWith(String(error)),
    );
  }

  private async answerAll(): Promise<void> {
    for (let key = this.frames.nextKey(); key !== undefined && !this.isClosed; key = this.frames.nextKey()) {
      try {
        // Waiting for it, even if it is done, lets the others that wait for this turn have one of theirs in between.
        await this.answerNext(key);
      } finally {
        this.hold(-this.answerHoldsBytes);
      }
    }
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
    if (fault) chunks = await this.suffer(fault, chunks);
    if (chunks && !this.isClosed && !this.send(chunks)) await this.taken(chunks);
  }

  /** Takes up the next request. Its bytes are needed until `handled` resolves, should that be a promise. */
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
    const answer = answerRequest(this.broker, frame, this.client, { forcedError, onHandled, onHeld: this.hold });
    if (isHandled || !(answer instanceof Promise)) return { answer, handled: undefined };
    if (usesScratch) isScratchTaken = true;
    this.socket.pause();
    const handled = Promise.race([answer, new Promise<void>((resolve) => (noteHandled = resolve))]);
    return { answer, handled: usesScratch ? handled.finally(() => (isScratchTaken = false)) : handled };
  }

  /** Takes room for bytes that the answer holds, or gives it back. */
  private readonly hold = (bytes: number): void => {
    this.answerHoldsBytes += bytes;
    if (bytes > 0) this.broker.answerBytes.take(bytes);
    else if (bytes < 0) this.broker.answerBytes.giveBack(-bytes);
  };

  /**
   * Produces are the exception to one at a time: what they write is written in order at once, only the answers wait for
   * the disk (`flush: always`). So requests that a client sends without waiting share a sync.
   */
  private sendInOrder(answer: Answer | Promise<Answer>): void {
    const sent = Promise.all([answer, this.lastAnswer]).then(async ([chunks]) => {
      if (chunks && !this.isClosed && !this.send(chunks)) await this.taken(chunks);
    });
    this.unsentAnswers++;
    const settled = sent
      .catch((error: unknown) => this.closeWith(String(error)))
      .then(() => {
        this.unsentAnswers--;
        if (this.lastAnswer === settled) this.lastAnswer = undefined;
        // While the client took this answer it was not read, and nobody else may be there to go on.
        if (!this.isBusy && !this.isClosed) this.readOn();
      });
    this.lastAnswer = settled;
  }

  private async suffer(fault: FaultAction, answer: Answer): Promise<Answer> {
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

  /** Resolves with what `begin` waits for, or when the connection is gone. `begin` returns how to stop waiting. */
  private orClosed(begin: (done: () => void) => () => void): Promise<void> {
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

  /** Reads the next request, if it is a large one once there is room for it. */
  private readOn(): void {
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
      // Waiting for others is not this client's fault.
      this.socket.setTimeout(0);
      this.stopWaiting = this.broker.requestBytes.onceRoom(() => this.readOn());
    }
  }

  /** Room that others wait for is not held for longer than so many bytes take on a slow line. */
  private limitTime(bytes: number): NodeJS.Timeout {
    const limitMs = this.broker.options.stalledClientMs + bytes / SLOWEST_CLIENT_BYTES_PER_MS;
    return setTimeout(() => this.closeWith(`${bytes} bytes took more than ${Math.round(limitMs)} ms`), limitMs);
  }

  private releaseReservation(): void {
    if (this.reservedBytes === 0) return;
    const bytes = this.reservedBytes;
    this.reservedBytes = 0;
    clearTimeout(this.arrivalDeadline);
    this.broker.requestBytes.giveBack(bytes);
  }

  /** False when the client does not take its answers as fast as they come. */
  private send(chunks: readonly Buffer[]): boolean {
    const hasRoom = this.answerHoldsBytes > 0 || this.broker.answerBytes.hasRoom;
    if (!hasRoom && bytesOf(chunks) > SMALL_ANSWER_BYTES) {
      this.closeWith('no room for its answer');
      return true;
    }
    this.socket.cork();
    let isTaken = true;
    for (const chunk of chunks) isTaken = this.socket.write(chunk);
    this.socket.uncork();
    return isTaken;
  }

  /** Resolves when the client has taken the answer. One that takes nothing is disconnected by the time-out. */
  private async taken(answer: readonly Buffer[]): Promise<void> {
    const bytes = bytesOf(answer);
    // The rest has its room since it was read.
    const more = Math.max(0, bytes - this.answerHoldsBytes);
    this.broker.answerBytes.take(more);
    this.socket.pause();
    this.socket.setTimeout(this.broker.options.stalledClientMs);
    const deadline = this.limitTime(bytes);
    await this.orClosed((done) => {
      this.socket.on('drain', done);
      return () => void this.socket.off('drain', done);
    });
    this.socket.setTimeout(IDLE_CONNECTION_MS);
    clearTimeout(deadline);
    this.broker.answerBytes.giveBack(more);
  }
}

function bytesOf(chunks: readonly Buffer[]): number {
  return chunks.reduce((sum, chunk) => sum + chunk.length, 0);
}
