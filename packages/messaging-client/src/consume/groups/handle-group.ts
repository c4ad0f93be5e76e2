import type { DataSource } from 'typeorm';
import { databaseErrorKind } from '../../database/database-errors.ts';
import { MessagingError } from '../../errors.ts';
import { isTimeout } from '../../database/is-outage.ts';
import type { RecordContext } from '../../handler/record-context.ts';
import { handleOnce } from '../../inbox/handle-once.ts';
import type { HandledOnce } from '../../inbox/handle-once.ts';
import type { Delivery } from '../delivery.ts';
import { callOf, contextOf } from '../handler-context.ts';
import { HANDLED, REPEATED, retryIn } from '../outcome.ts';
import type { Outcome } from '../outcome.ts';
import type { HandlerControl, RunningHandlers } from '../running-handlers.ts';
import type { Decode } from '../stages/decode.ts';
import { endSpan } from '../stages/trace.ts';
import type { Trace } from '../stages/trace.ts';
import { Blamed, callHandlers, TakesLong } from './call-handlers.ts';
import type { Entry, GroupMode } from './call-handlers.ts';
import type { HandlerDurations } from './handler-durations.ts';

export interface GroupParts {
  readonly group: string;
  readonly dataSource: DataSource;
  readonly decode: Decode;
  readonly trace: Trace;
  readonly running: RunningHandlers;
  readonly attemptAlone: (delivery: Delivery) => Promise<Outcome> | Outcome;
  readonly settle: (delivery: Delivery, error: unknown) => Promise<Outcome>;
  readonly handled: (delivery: Delivery, isRepeated: boolean) => void;
  readonly durations: HandlerDurations;
}

/**
 * Handles records of several lanes in one transaction. A record that fails does not affect the others: the transaction is rolled
 * back, run again without that record, and only then is it decided what becomes of it. Where it is not known which record failed,
 * as when the commit fails, halves are attempted until it is found.
 *
 * The outcomes of a lane are in its order, and no record is attempted behind one that is not finished. A record without an
 * outcome was not attempted.
 */
export class GroupHandler {
  readonly #parts: GroupParts;
  readonly #mode: GroupMode;

  constructor(parts: GroupParts, mode: GroupMode) {
    this.#parts = parts;
    this.#mode = mode;
  }

  async handle(lanes: ReadonlyArray<readonly Delivery[]>): Promise<Outcome[][]> {
    const run = new GroupRun(this.#parts, this.#mode, lanes.length);
    const entries: Entry[] = [];
    for (const [lane, deliveries] of lanes.entries()) entries.push(...(await run.readable(lane, deliveries)));
    await run.attempt(entries);
    // What has no outcome was rolled back, or not got to: it was no attempt.
    for (const [lane, deliveries] of Map.groupBy(entries, (entry) => entry.lane)) {
      for (const { delivery } of deliveries.slice(run.outcomes[lane]!.length)) delivery.forgetAttempt();
    }
    return run.outcomes;
  }
}

class GroupRun {
  readonly outcomes: Outcome[][];
  readonly #parts: GroupParts;
  readonly #mode: GroupMode;
  /** Lanes in which nothing more is attempted now. */
  readonly #stopped = new Set<number>();
  /** Whose handler is running. */
  #current: Delivery | undefined;

  constructor(parts: GroupParts, mode: GroupMode, lanes: number) {
    this.#parts = parts;
    this.#mode = mode;
    this.outcomes = Array.from({ length: lanes }, () => []);
  }

  /** The records of a lane before the first that cannot be read; that one goes its way alone when it is the first. */
  async readable(lane: number, deliveries: readonly Delivery[]): Promise<Entry[]> {
    const entries: Entry[] = [];
    for (const delivery of deliveries) {
      if (delivery.held.isRevoked) break;
      delivery.beginAttempt();
      if (await this.#canBeRead(delivery)) {
        entries.push({ lane, delivery });
        continue;
      }
      delivery.forgetAttempt();
      if (entries.length === 0) this.outcomes[lane]!.push(await this.#parts.attemptAlone(delivery));
      break;
    }
    return entries;
  }

  async #canBeRead(delivery: Delivery): Promise<boolean> {
    try {
      return await this.#parts.decode.read(delivery);
    } catch {
      return false;
    }
  }

  async attempt(entries: readonly Entry[]): Promise<void> {
    const live = entries.filter(({ lane }) => !this.#stopped.has(lane));
    if (live.length === 0) return;
    try {
      await this.#inOneTransaction(live);
    } catch (error) {
      const cause = error instanceof Blamed ? error.cause : error;
      if (live.length === 1) await this.#settle(live[0]!, cause);
      else await this.#failed(live, cause, this.#blamedFor(error));
    }
  }

  #blamedFor(error: unknown): Delivery | undefined {
    if (error instanceof Blamed) return error.delivery;
    return error instanceof MessagingError && error.code === 'HANDLER_TIMED_OUT' ? this.#current : undefined;
  }

  async #failed(entries: readonly Entry[], cause: unknown, blamedDelivery: Delivery | undefined): Promise<void> {
    const kind = databaseErrorKind(cause);
    const blamed = entries.find(({ delivery }) => delivery === blamedDelivery);
    if (kind === 'unavailable') {
      // It is so for each of them.
      for (const entry of headsOf(entries)) await this.#settle(entry, cause);
    } else if (kind === 'contention' || (blamed === undefined && isTimeout(cause))) {
      // In each other's way, or in that of another transaction: alone they hold their locks for a shorter time.
      for (const entry of headsOf(entries)) this.#goAlone(entry);
    } else if (blamed === undefined) {
      const half = Math.ceil(entries.length / 2);
      await this.attempt(entries.slice(0, half));
      await this.attempt(entries.slice(half));
    } else {
      const blamedAt = entries.indexOf(blamed);
      await this.attempt(entries.filter(({ lane }, at) => lane !== blamed.lane || at < blamedAt));
      if (this.#stopped.has(blamed.lane)) return;
      if (cause instanceof TakesLong) this.#goAlone(blamed);
      else await this.#settle(blamed, cause);
    }
  }

  /** Decides over a record that fails by itself. */
  async #settle({ lane, delivery }: Entry, error: unknown): Promise<void> {
    const outcome = await this.#parts.settle(delivery, error);
    this.outcomes[lane]!.push(outcome);
    this.#stopped.add(lane);
  }

  #goAlone({ lane, delivery }: Entry): void {
    delivery.isAlone = true;
    delivery.forgetAttempt();
    this.outcomes[lane]!.push(retryIn(0));
    this.#stopped.add(lane);
  }

  async #inOneTransaction(entries: readonly Entry[]): Promise<void> {
    const { running } = this.#parts;
    this.#current = undefined;
    const { handled, left, contexts } = await running.run(callOf(entries[0]!.delivery, entries.length), (control) =>
      this.#handleOnce(entries, control),
    );
    for (const [index, { lane, delivery }] of entries.entries()) {
      const context = contexts[index]!;
      if (left.has(context)) this.#stopped.add(lane);
      // Also one that was handled before waits for the one before it.
      if (this.#stopped.has(lane)) continue;
      const isRepeated = !handled.has(context);
      const outcome = isRepeated ? REPEATED : HANDLED;
      this.outcomes[lane]!.push(outcome);
      endSpan(delivery, outcome);
      this.#parts.handled(delivery, isRepeated);
    }
  }

  async #handleOnce(
    entries: readonly Entry[],
    control: HandlerControl,
  ): Promise<HandledOnce & { contexts: RecordContext[] }> {
    const { group, dataSource, trace, durations } = this.#parts;
    const contexts = entries.map(({ delivery }) => contextOf(delivery, group, control));
    const entryOf = new Map(contexts.map((context, index) => [context, entries[index]!] as const));
    const once = await handleOnce(dataSource, contexts, {
      signal: control.signal,
      handle: (fresh, manager) =>
        callHandlers(this.#mode, {
          fresh,
          entries: entryOf,
          manager,
          control,
          durations,
          trace,
          began: (delivery) => (this.#current = delivery),
        }),
    });
    return { ...once, contexts };
  }
}

/** Of each lane the first. */
function headsOf(entries: readonly Entry[]): Entry[] {
  return entries.filter(({ lane }, at) => entries.findIndex((other) => other.lane === lane) === at);
}
