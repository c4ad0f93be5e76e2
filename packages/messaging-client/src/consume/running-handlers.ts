import { MessagingError } from '../errors.ts';
import { HANDLER_SLOW_MS, HANDLER_WATCH_MS } from '../limits.ts';
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

interface Running {
  readonly call: HandlerCall;
  /** By performance.now(). */
  readonly startedAt: number;
  readonly end: (reason: Error) => void;
  /** Tells the watchdog of the event loop that it has ended. */
  strikeOut: () => void;
  /** Reported as slow already. */
  slow: boolean;
  /** Its attempt has failed, and it has not ended for all that. */
  overdue: boolean;
}

/**
 * The handlers that are running, each with its time-out. At the time-out the attempt has failed and its `signal` is
 * aborted; JavaScript cannot end the handler itself, so one that does not heed the signal goes on without an effect on
 * anything that was handed to it.
 */
export class RunningHandlers {
  readonly #events: MessageEvents;
  readonly #running = new Set<Running>();
  #watch: NodeJS.Timeout | undefined;

  constructor(events: MessageEvents) {
    this.#events = events;
  }

  /** @throws HANDLER_TIMED_OUT, and what `work` throws */
  async run<Result>(call: HandlerCall, work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    const controller = new AbortController();
    const { promise: ended, reject } = Promise.withResolvers<never>();
    const running: Running = {
      call,
      startedAt: performance.now(),
      slow: false,
      overdue: false,
      strikeOut: () => undefined,
      end: (reason) => {
        running.overdue = true;
        controller.abort(reason);
        reject(reason);
      },
    };
    const timer = setTimeout(() => this.#timeOut(running), call.timeoutMs);
    running.strikeOut = noteHandler(() => placeOf(call));
    this.#running.add(running);
    this.#watch ??= setInterval(() => this.#look(), HANDLER_WATCH_MS).unref();
    try {
      return await Promise.race([this.#untilSettled(running, work(controller.signal)), ended]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** At a stop, when the time to finish is over: as a time-out of each of them, but for its reason. */
  endAll(): void {
    clearInterval(this.#watch);
    this.#watch = undefined;
    for (const running of this.#running) {
      if (!running.overdue)
        running.end(new MessagingError('HANDLER_TIMED_OUT', 'the service stops and waits no longer'));
    }
  }

  /** What an operator should look at, a sentence each. */
  warnings(): string[] {
    const old = [...this.#running].filter(({ startedAt }) => performance.now() - startedAt > HANDLER_SLOW_MS);
    const overdue = old.filter((running) => running.overdue);
    const slow = old.filter((running) => !running.overdue);
    return [
      ...describe(slow, `running for more than ${HANDLER_SLOW_MS / 1_000} s`),
      ...describe(overdue, 'still running after the time-out'),
    ];
  }

  async #untilSettled<Result>(running: Running, work: Promise<Result>): Promise<Result> {
    try {
      return await work;
    } finally {
      this.#running.delete(running);
      running.strikeOut();
      if (running.overdue) this.#events.emit('handler.ended-late', ageOf(running));
    }
  }

  #timeOut(running: Running): void {
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
    for (const running of this.#running) {
      // In the order of their starts.
      if (performance.now() - running.startedAt < HANDLER_SLOW_MS) return;
      if (running.slow || running.overdue) continue;
      running.slow = true;
      this.#events.emit('handler.slow', ageOf(running));
    }
  }
}

function ageOf({ call, startedAt }: Running): HandlerAge {
  return { ...call, ageMs: Math.round(performance.now() - startedAt) };
}

function describe(handlers: readonly Running[], what: string): string[] {
  const [oldest] = handlers;
  if (oldest === undefined) return [];
  const seconds = Math.round((performance.now() - oldest.startedAt) / 1_000);
  const subject = handlers.length === 1 ? '1 handler is' : `${handlers.length} handlers are`;
  return [`${subject} ${what}, the oldest for ${seconds} s: ${placeOf(oldest.call)}`];
}

function placeOf({ event, eventId, topic, partition, offset }: HandlerCall): string {
  return `${event} ${eventId} (${topic}/${partition} at ${offset})`;
}
