import { databaseErrorKind } from '../database/database-errors.ts';
import { DATABASE_PING_MS, KEYS_FAILING_MIN, KEYS_FAILING_WINDOW_MS, KEYS_REMEMBERED_MAX } from '../limits.ts';
import type { InstanceLock } from '../database/instance-lock.ts';
import { isOutage } from '../database/is-outage.ts';

export interface FailedAttempt {
  readonly handler: string;
  /** Of the record's lane: which record of the handler it is. */
  readonly key: string;
  /** By performance.now(). */
  readonly startedAt: number;
}

interface HandlerTrace {
  succeededAt: number;
  /** When a key last failed by a time-out, oldest first. */
  readonly failedAt: Map<string, number>;
}

/**
 * Decides whether a failed attempt says something about its record, and so counts towards giving it up.
 *
 * A time-out of a statement or of a transaction may be the record's doing, or that of a database that does no work. It is the
 * record's unless the database does not answer on another connection, or several other keys of the same handler fail
 * in the same way and none succeeds, as behind a table that is locked for an hour.
 */
export class FailureJudge {
  readonly #instanceLock: InstanceLock;
  readonly #handlers = new Map<string, HandlerTrace>();

  constructor(instanceLock: InstanceLock) {
    this.#instanceLock = instanceLock;
  }

  succeeded(handler: string): void {
    this.#traceOf(handler).succeededAt = performance.now();
  }

  /** Whether the failure counts towards giving the record up. */
  async counts(error: unknown, attempt: FailedAttempt): Promise<boolean> {
    if (isOutage(error)) return false;
    if (databaseErrorKind(error) !== 'undecided') return true;
    const othersFailToo = this.#othersFailToo(attempt);
    this.#noteFailure(attempt);
    return !othersFailToo && (await this.#databaseAnswers());
  }

  #othersFailToo({ handler, key, startedAt }: FailedAttempt): boolean {
    const { succeededAt, failedAt } = this.#traceOf(handler);
    if (succeededAt > startedAt) return false;
    const from = Math.max(performance.now() - KEYS_FAILING_WINDOW_MS, succeededAt);
    const others = [...failedAt].filter(([other, at]) => other !== key && at > from);
    return others.length >= KEYS_FAILING_MIN;
  }

  #noteFailure({ handler, key }: FailedAttempt): void {
    const { failedAt } = this.#traceOf(handler);
    failedAt.delete(key);
    failedAt.set(key, performance.now());
    const [oldest] = failedAt.keys();
    if (failedAt.size > KEYS_REMEMBERED_MAX) failedAt.delete(oldest!);
  }

  /** By the session of this process, which holds no lock of a handler and waits for no place in the pool. */
  async #databaseAnswers(): Promise<boolean> {
    const { session } = this.#instanceLock;
    if (session === undefined) return false;
    const { promise: tooLate, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(false), DATABASE_PING_MS);
    const answer = session
      .query<{ writable: boolean }>(`SELECT current_setting('transaction_read_only') = 'off' AS writable`)
      .then(([row]) => row?.writable === true)
      .catch(() => false);
    try {
      return await Promise.race([answer, tooLate]);
    } finally {
      clearTimeout(timer);
    }
  }

  #traceOf(handler: string): HandlerTrace {
    let trace = this.#handlers.get(handler);
    if (trace === undefined) {
      trace = { succeededAt: -Infinity, failedAt: new Map() };
      this.#handlers.set(handler, trace);
    }
    return trace;
  }
}
