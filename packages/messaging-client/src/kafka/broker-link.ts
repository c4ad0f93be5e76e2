import { BROKER_ANSWER_MS_MAX, REPORTED_EVERY_MS, LEAVE_MS_MAX } from '../limits.ts';
import type { MessagingError } from '../errors.ts';
import type { MessageEvents } from '../observe/message-events.ts';
import { RecordsRejected } from './records-rejected.ts';
import { brokerAccessError } from './broker-access-error.ts';

/** The broker has not answered within the bound. Whether the request was carried out is unknown. */
class NoAnswerInTime extends Error {
  override readonly name = 'NoAnswerInTime';
}

/** How an instance and the broker stand. `off`: the instance uses none. */
export interface BrokerConnection {
  readonly state: 'connected' | 'unavailable' | 'never-reached' | 'rejected' | 'off';
  /** When it began; null while connected, and where there is none. */
  readonly since: Date | null;
  /** What the last call failed with. */
  readonly error: string | null;
}

/** How an instance and the broker stand, in words. */
export interface BrokerHealth {
  readonly ready: boolean;
  readonly detail: string;
  /** Of a broker that rejects us, or that we do not trust; its cause is what the client library reported. */
  readonly error?: MessagingError;
  readonly warnings?: readonly string[];
}

interface Moment {
  /** By the monotonic clock. */
  readonly since: number;
  readonly at: Date;
}

/**
 * The state of this instance's connection to the broker: whether it was ever reached, since when it is unavailable, and whether it
 * rejects us. Every call is bounded, because a frozen broker accepts connections and answers nothing.
 */
export class BrokerLink {
  readonly #events: MessageEvents;
  readonly #start: Moment = { since: performance.now(), at: new Date() };
  /** Shortens the bound of each call in flight. */
  readonly #inFlight = new Set<(milliseconds: number) => void>();
  #lastCallAt = this.#start.since;
  #isStopped = false;
  #wasReached = false;
  #failing: (Moment & { error: Error; bySend: boolean }) | undefined;
  #accessError: MessagingError | undefined;
  #reportedAt = -Infinity;

  constructor(events: MessageEvents) {
    this.#events = events;
  }

  /** For how long every call has failed, or every send, whatever else was answered meanwhile; 0 when that is over. */
  get failingMs(): number {
    return this.#failing === undefined ? 0 : performance.now() - this.#failing.since;
  }

  /** Since the last call ended; what the broker has been since then is unknown. */
  get quietMs(): number {
    return performance.now() - this.#lastCallAt;
  }

  /**
   * Calls the broker. Rejects with its error, or when it has not answered within BROKER_ANSWER_MS_MAX.
   * @param isSend after a failed send only a send that works ends the failure: a broker may answer other requests and accept no
   *   record of ours
   */
  async call<Result>(work: () => Promise<Result>, { isSend = false } = {}): Promise<Result> {
    const startedAt = performance.now();
    try {
      const result = await this.bounded(work());
      this.#worked(isSend);
      return result;
    } catch (error) {
      // A rejected record is an answer.
      if (error instanceof RecordsRejected) this.#worked(isSend);
      else this.#failed(error as Error, startedAt, isSend);
      throw error;
    } finally {
      this.#lastCallAt = performance.now();
    }
  }

  /** Rejects when the work has not ended within BROKER_ANSWER_MS_MAX. */
  async bounded<Result>(work: Promise<Result>): Promise<Result> {
    const tooLate = Promise.withResolvers<never>();
    const timers: NodeJS.Timeout[] = [];
    const endAfter = (milliseconds: number): void => {
      const late = (): void => tooLate.reject(new NoAnswerInTime('the broker did not answer in time'));
      timers.push(setTimeout(late, milliseconds));
    };
    endAfter(this.#isStopped ? LEAVE_MS_MAX : BROKER_ANSWER_MS_MAX);
    this.#inFlight.add(endAfter);
    try {
      return await Promise.race([work, tooLate.promise]);
    } finally {
      this.#inFlight.delete(endAfter);
      for (const timer of timers) clearTimeout(timer);
    }
  }

  /** A call in flight is given LEAVE_MS_MAX from here on. */
  stop(): void {
    this.#isStopped = true;
    for (const endAfter of this.#inFlight) endAfter(LEAVE_MS_MAX);
  }

  /**
   * A broker that does not answer keeps no caller waiting, because rows are kept: the instance is ready, with a warning. One that
   * rejects us needs a change of settings: the instance is not ready.
   */
  health(): BrokerHealth {
    const error = this.#accessError;
    if (error !== undefined) return { ready: false, detail: error.message, error };
    if (this.#wasReached && this.#failing === undefined) return { ready: true, detail: 'reached' };
    const problem = this.#problem();
    return { ready: true, detail: problem, warnings: [`the broker: ${problem}; events wait in the outbox`] };
  }

  /** What health() says in words, as data. */
  connection(): BrokerConnection {
    const error = this.#accessError ?? this.#failing?.error;
    if (this.#wasReached && error === undefined) return { state: 'connected', since: null, error: null };
    const state = this.#accessError !== undefined ? 'rejected' : this.#wasReached ? 'unavailable' : 'never-reached';
    return { state, since: this.#failsFrom.at, error: error?.message ?? null };
  }

  get #failsFrom(): Moment {
    return this.#wasReached && this.#failing !== undefined ? this.#failing : this.#start;
  }

  #problem(): string {
    const { since, at } = this.#failsFrom;
    const seconds = Math.round((performance.now() - since) / 1_000);
    const why = this.#failing === undefined ? '' : `: ${this.#failing.error.message}`;
    return this.#wasReached
      ? `unavailable since ${at.toISOString()} (${seconds} s)${why}`
      : `never reached since the start at ${at.toISOString()} (${seconds} s)${why}`;
  }

  /** Sends are attempted again, and count from now on. */
  forgetFailedSends(): void {
    if (this.#failing?.bySend === true) this.#failing = undefined;
  }

  #worked(isSend: boolean): void {
    this.#wasReached = true;
    if (this.#failing?.bySend === true && !isSend) return;
    if (this.#failing !== undefined) {
      this.#events.emit('broker.reached', { afterMs: performance.now() - this.#failing.since });
    }
    this.#failing = undefined;
    this.#accessError = undefined;
    this.#reportedAt = -Infinity;
  }

  #failed(error: Error, startedAt: number, bySend: boolean): void {
    this.#failing ??= { since: startedAt, at: new Date(Date.now() - (performance.now() - startedAt)), error, bySend };
    this.#failing.error = error;
    this.#failing.bySend ||= bySend;
    const before = this.#accessError;
    this.#accessError = brokerAccessError(error);
    if (this.#accessError !== undefined) {
      if (this.#accessError.message !== before?.message)
        this.#events.emit('broker.refused', { error: this.#accessError });
      return;
    }
    if (performance.now() - this.#reportedAt < REPORTED_EVERY_MS) return;
    this.#reportedAt = performance.now();
    this.#events.emit('broker.unavailable', { wasReached: this.#wasReached, forMs: this.failingMs, error });
  }
}
