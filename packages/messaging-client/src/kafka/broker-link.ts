import { BROKER_ANSWER_MS_MAX, REPORTED_EVERY_MS, LEAVE_MS_MAX } from '../limits.ts';
import type { MessagingError } from '../errors.ts';
import type { MessageEvents } from '../observe/message-events.ts';
import { RecordsRefused } from './records-refused.ts';
import { refusedByBroker } from './refused-by-broker.ts';

/** What the broker has not answered within the bound. Whether it was done is unknown. */
class NoAnswerInTime extends Error {
  override readonly name = 'NoAnswerInTime';
}

/**
 * What this instance knows of its way to the broker: whether it ever had an answer, since when it has none, and that the
 * broker refuses it. Every call is bounded, because a broker that is frozen takes connections and answers nothing.
 */
export class BrokerLink {
  readonly #events: MessageEvents;
  readonly #startedAt = performance.now();
  /** What shortens each call in flight. */
  readonly #inFlight = new Set<(milliseconds: number) => void>();
  #isStopped = false;
  #wasReached = false;
  #failing: { readonly since: number; error: Error; bySend: boolean } | undefined;
  #refusal: MessagingError | undefined;
  #reportedAt = -Infinity;

  constructor(events: MessageEvents) {
    this.#events = events;
  }

  /** For how long every call has failed, or every send, whatever else was answered meanwhile; 0 when that is over. */
  get failingMs(): number {
    return this.#failing === undefined ? 0 : performance.now() - this.#failing.since;
  }

  /**
   * Does something with the broker. Rejects with its error, or when it has not answered within BROKER_ANSWER_MS_MAX.
   * @param isSend a failed send is over when a send works: a broker may answer questions and take no record of ours
   */
  async call<Result>(work: () => Promise<Result>, { isSend = false } = {}): Promise<Result> {
    const startedAt = performance.now();
    try {
      const result = await this.bounded(work());
      this.#worked(isSend);
      return result;
    } catch (error) {
      // A refused record is an answer.
      if (error instanceof RecordsRefused) this.#worked(isSend);
      else this.#failed(error as Error, startedAt, isSend);
      throw error;
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
   * A broker that does not answer is waited for, and nobody else need wait: rows are kept, so the instance is ready and
   * warns. One that refuses us needs a change of settings, so the instance is not ready.
   */
  health(): { readonly ready: boolean; readonly detail: string; readonly warnings?: readonly string[] } {
    if (this.#refusal !== undefined) return { ready: false, detail: this.#refusal.message };
    if (this.#wasReached && this.#failing === undefined) return { ready: true, detail: 'reached' };
    const problem = this.#problem();
    return { ready: true, detail: problem, warnings: [`the broker: ${problem}; events wait in the outbox`] };
  }

  #problem(): string {
    const since = this.#wasReached ? this.#failing!.since : this.#startedAt;
    const seconds = Math.round((performance.now() - since) / 1_000);
    const at = new Date(Date.now() - (performance.now() - since)).toISOString();
    const why = this.#failing === undefined ? '' : `: ${this.#failing.error.message}`;
    return this.#wasReached
      ? `unavailable since ${at} (${seconds} s)${why}`
      : `never reached since the start at ${at} (${seconds} s)${why}`;
  }

  /** Sends are to be tried again, and count from then on. */
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
    this.#refusal = undefined;
    this.#reportedAt = -Infinity;
  }

  #failed(error: Error, startedAt: number, bySend: boolean): void {
    this.#failing ??= { since: startedAt, error, bySend };
    this.#failing.error = error;
    this.#failing.bySend ||= bySend;
    const before = this.#refusal;
    this.#refusal = refusedByBroker(error);
    if (this.#refusal !== undefined) {
      if (this.#refusal.message !== before?.message) this.#events.emit('broker.refused', { error: this.#refusal });
      return;
    }
    if (performance.now() - this.#reportedAt < REPORTED_EVERY_MS) return;
    this.#reportedAt = performance.now();
    this.#events.emit('broker.unavailable', { wasReached: this.#wasReached, forMs: this.failingMs, error });
  }
}
