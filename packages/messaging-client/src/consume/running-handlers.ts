import { MessagingError } from '../errors.ts';
import { HANDLER_CHECK_MS, HANDLER_SLOW_MS } from '../limits.ts';
import { noteHandler } from '../observe/event-loop-watch.ts';
import type { HandlerAge, MessageEvents } from '../observe/message-events.ts';

/** One call of a handler: of a batch, by its first record. */
export interface HandlerCall {
  readonly event: string;
  readonly eventId: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly attempt: number;
  /** How many records it was called with. */
  readonly records: number;
  readonly timeoutMs: number;
}

/** Of the work that handlers run in. */
export interface HandlerControl {
  /** Aborted at the time-out. */
  readonly signal: AbortSignal;
  /** The next handler begins: its time-out begins with it. */
  next(call: HandlerCall): void;
  /** Ends the work as a time-out would, without one being reported. */
  cut(reason: Error): void;
}

/**
 * The handlers that are running, each with its time-out. At the time-out the attempt has failed and its `signal` is
 * aborted; JavaScript cannot end the handler itself, so one that does not heed the signal goes on without an effect on
 * anything that was handed to it.
 */
export class RunningHandlers {
  readonly #events: MessageEvents;
  readonly #running = new Set<RunningHandler>();
  #watch: NodeJS.Timeout | undefined;

  constructor(events: MessageEvents) {
    this.#events = events;
  }

  /** @throws HANDLER_TIMED_OUT, and what `work` throws */
  run<Result>(call: HandlerCall, work: (control: HandlerControl) => Promise<Result>): Promise<Result> {
    // One timer for all of them: one each would cost every record as much as its own bookkeeping.
    this.#watch ??= setInterval(() => this.#look(), HANDLER_CHECK_MS).unref();
    return new Promise<Result>((resolve, reject) => {
      const running = new RunningHandler(call, reject);
      this.#running.add(running);
      work(running).then(
        (result) => {
          this.#ended(running);
          resolve(result);
        },
        (error: Error) => {
          this.#ended(running);
          reject(error);
        },
      );
    });
  }

  /** At a stop, when the time to finish is over: as a time-out of each of them, but for its reason. */
  endAll(): void {
    clearInterval(this.#watch);
    this.#watch = undefined;
    for (const running of this.#running) {
      if (!running.isOverdue)
        running.end(new MessagingError('HANDLER_TIMED_OUT', 'the service stops and waits no longer'));
    }
  }

  /** What an operator should look at, a sentence each. */
  warnings(): string[] {
    const old = [...this.#running].filter(({ ageMs }) => ageMs > HANDLER_SLOW_MS);
    const overdue = old.filter(({ isOverdue }) => isOverdue);
    const slow = old.filter(({ isOverdue }) => !isOverdue);
    return [
      ...describe(slow, `running for more than ${HANDLER_SLOW_MS / 1_000} s`),
      ...describe(overdue, 'still running after the time-out'),
    ];
  }

  #ended(running: RunningHandler): void {
    this.#running.delete(running);
    running.settle();
    if (running.isOverdue) this.#events.emit('handler.ended-late', ageOf(running));
  }

  #timeOut(running: RunningHandler): void {
    const { event, eventId, timeoutMs } = running.call;
    this.#events.emit('handler.timed-out', ageOf(running));
    running.end(
      new MessagingError(
        'HANDLER_TIMED_OUT',
        `the handler of ${event} ${eventId} has not ended within ${timeoutMs} ms`,
      ),
    );
  }

  #look(): void {
    if (this.#running.size === 0) {
      clearInterval(this.#watch);
      this.#watch = undefined;
    }
    for (const running of this.#running) {
      if (running.isCut) continue;
      const { ageMs, call, isReported } = running;
      if (ageMs >= call.timeoutMs) this.#timeOut(running);
      else if (ageMs >= HANDLER_SLOW_MS && !isReported) {
        running.isReported = true;
        this.#events.emit('handler.slow', ageOf(running));
      }
    }
  }
}

class RunningHandler implements HandlerControl {
  call: HandlerCall;
  /** Reported as slow already. */
  isReported = false;
  /** Its attempt has failed, and it has not ended yet. */
  isOverdue = false;
  readonly #fail: (reason: Error) => void;
  #startedAt = performance.now();
  #controller: AbortController | undefined;
  #cutBecause: Error | undefined;
  /** Reports to the watchdog of the event loop that it has ended. */
  #strikeOut: () => void;

  constructor(call: HandlerCall, fail: (reason: Error) => void) {
    this.call = call;
    this.#fail = fail;
    this.#strikeOut = noteHandler(() => placeOf(this.call));
  }

  get ageMs(): number {
    return performance.now() - this.#startedAt;
  }

  get isCut(): boolean {
    return this.#cutBecause !== undefined;
  }

  /** Made on first use: most handlers never read it. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#cutBecause !== undefined) this.#controller.abort(this.#cutBecause);
    }
    return this.#controller.signal;
  }

  next(call: HandlerCall): void {
    // Nothing begins in what has been cut off.
    if (this.#cutBecause !== undefined) throw this.#cutBecause;
    this.#strikeOut();
    this.#strikeOut = noteHandler(() => placeOf(call));
    this.#startedAt = performance.now();
    this.isReported = false;
    this.call = call;
  }

  cut(reason: Error): void {
    if (this.#cutBecause !== undefined) return;
    this.#cutBecause = reason;
    this.#controller?.abort(reason);
    this.#fail(reason);
  }

  end(reason: Error): void {
    this.isOverdue = true;
    this.cut(reason);
  }

  settle(): void {
    this.#strikeOut();
  }
}

function ageOf({ call, ageMs }: RunningHandler): HandlerAge {
  return { ...call, ageMs: Math.round(ageMs) };
}

function describe(handlers: readonly RunningHandler[], what: string): string[] {
  const [oldest] = handlers.toSorted((one, other) => other.ageMs - one.ageMs);
  if (oldest === undefined) return [];
  const seconds = Math.round(oldest.ageMs / 1_000);
  const subject = handlers.length === 1 ? '1 handler is' : `${handlers.length} handlers are`;
  return [`${subject} ${what}, the oldest for ${seconds} s: ${placeOf(oldest.call)}`];
}

function placeOf({ event, eventId, topic, partition, offset }: HandlerCall): string {
  return `${event} ${eventId} (${topic}/${partition} at ${offset})`;
}
