import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { databaseErrorKind } from '../../database/database-errors.ts';
import { MessagingError } from '../../errors.ts';
import { refuseAborted } from '../../database/in-transaction.ts';
import { isTimeout } from '../../database/is-outage.ts';
import type { RecordContext, TransactionContext } from '../../handler/record-context.ts';
import { handleOnce } from '../../inbox/handle-once.ts';
import type { HandledOnce } from '../../inbox/handle-once.ts';
import { GROUP_HANDLER_MS_MAX, GROUP_MS } from '../../limits.ts';
import { runInScope } from '../../observe/scope.ts';
import type { Delivery } from '../delivery.ts';
import { callOf, contextOf } from '../handler-context.ts';
import { HANDLED, REPEATED, retryIn } from '../outcome.ts';
import type { Outcome } from '../outcome.ts';
import type { HandlerControl, RunningHandlers } from '../running-handlers.ts';
import type { Decode } from '../stages/decode.ts';
import type { HandlerDurations } from './handler-durations.ts';

/** How the handlers of one transaction are called. */
export type GroupMode =
  /** One after the other: as if each had the transaction for itself. */
  | 'in turn'
  /** All keys at the same time (`shareTransaction`). */
  | 'beside each other'
  /** One call with all of them (`OnEvents`). */
  | 'one call';

export interface GroupParts {
  readonly group: string;
  readonly dataSource: DataSource;
  readonly decode: Decode;
  readonly running: RunningHandlers;
  readonly attemptAlone: (delivery: Delivery) => Promise<Outcome> | Outcome;
  readonly settle: (delivery: Delivery, error: unknown) => Promise<Outcome>;
  readonly handled: (delivery: Delivery, isRepeated: boolean) => void;
  readonly durations: HandlerDurations;
}

interface Entry {
  readonly lane: number;
  readonly delivery: Delivery;
}

/** Ends a transaction in which one handler takes so long that its neighbours are better off without it. */
class TakesLong extends Error {}

/** A failure whose record is known. */
class Blamed extends Error {
  readonly delivery: Delivery;
  constructor(delivery: Delivery, cause: unknown) {
    super('a handler failed in a transaction of several records', { cause });
    this.delivery = delivery;
  }
}

/**
 * Handles records of several lanes in one transaction, and whatever fails never undoes its neighbours: the transaction is
 * rolled back and made again without the record that is to blame. Where that is not known, as when the commit fails, halves
 * are tried until it is found.
 *
 * Of each lane the outcomes are in its order, and no record is attempted behind one that is not finished; those without an outcome
 * were not attempted.
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
      this.outcomes[lane]!.push(isRepeated ? REPEATED : HANDLED);
      this.#parts.handled(delivery, isRepeated);
    }
  }

  async #handleOnce(
    entries: readonly Entry[],
    control: HandlerControl,
  ): Promise<HandledOnce & { contexts: RecordContext[] }> {
    const { group, dataSource } = this.#parts;
    const contexts = entries.map(({ delivery }) => contextOf(delivery, group, control));
    const deliveries = new Map(contexts.map((context, index) => [context, entries[index]!] as const));
    const once = await handleOnce(dataSource, contexts, {
      signal: control.signal,
      handle: (fresh, manager) => this.#call(fresh, deliveries, manager, control),
    });
    return { ...once, contexts };
  }

  async #call(
    fresh: readonly TransactionContext[],
    entries: ReadonlyMap<RecordContext, Entry>,
    manager: EntityManager,
    control: HandlerControl,
  ): Promise<number> {
    if (this.#mode === 'in turn') return this.#callInTurn(fresh, entries, manager, control);
    if (this.#mode === 'beside each other') await callBeside(fresh, entries, manager);
    else await callTogether(fresh, entries);
    return fresh.length;
  }

  /** Not for longer than GROUP_MS: what it does not get to is handled next, and what it did is committed. */
  async #callInTurn(
    fresh: readonly TransactionContext[],
    entries: ReadonlyMap<RecordContext, Entry>,
    manager: EntityManager,
    control: HandlerControl,
  ): Promise<number> {
    const startedAt = performance.now();
    const isShared = entries.size > 1;
    const patience = isShared
      ? setTimeout(() => control.cut(new Blamed(this.#current!, new TakesLong())), GROUP_HANDLER_MS_MAX)
      : undefined;
    try {
      for (const [count, context] of fresh.entries()) {
        const { delivery } = entries.get(context)!;
        const now = performance.now();
        if (count > 0 && now - startedAt > GROUP_MS) return count;
        this.#current = delivery;
        control.next(callOf(delivery));
        patience?.refresh();
        try {
          await callOne(delivery, context);
          // A handler that hides that its statement failed would else be found out by its neighbour.
          if (isShared) await refuseAborted(manager);
        } catch (error) {
          throw new Blamed(delivery, error);
        } finally {
          this.#parts.durations.note(delivery, performance.now() - now);
        }
      }
      this.#current = undefined;
    } finally {
      clearTimeout(patience);
    }
    return fresh.length;
  }
}

function callOne(delivery: Delivery, context: TransactionContext): Promise<unknown> {
  return runInScope(delivery, () => delivery.handler!.call(delivery.payload, context));
}

/** Each key in its order. All have ended before this does: what still runs would write into a transaction that is over. */
async function callBeside(
  fresh: readonly TransactionContext[],
  entries: ReadonlyMap<RecordContext, Entry>,
  manager: EntityManager,
): Promise<void> {
  queueQueries(manager.queryRunner!);
  const lanes = Map.groupBy(fresh, (context) => entries.get(context)!.lane);
  const calls = [...lanes.values()].map(async (contexts) => {
    for (const context of contexts) await callOne(entries.get(context)!.delivery, context);
  });
  const failed = (await Promise.allSettled(calls)).find(({ status }) => status === 'rejected');
  if (failed !== undefined) throw (failed as PromiseRejectedResult).reason;
}

/** A connection of PostgreSQL does one statement after the other; pg leaves it to its caller to wait for that. */
function queueQueries(runner: QueryRunner): void {
  const send = runner.query.bind(runner) as (...call: unknown[]) => Promise<unknown>;
  let last: Promise<unknown> = Promise.resolve();
  const queued = (...call: unknown[]): Promise<unknown> => {
    const result = last.then(() => send(...call));
    last = result.catch(() => undefined);
    return result;
  };
  Object.assign(runner, { query: queued });
}

async function callTogether(
  fresh: readonly TransactionContext[],
  entries: ReadonlyMap<RecordContext, Entry>,
): Promise<void> {
  const deliveries = fresh.map((context) => entries.get(context)!.delivery);
  const payloads = deliveries.map(({ payload }) => payload);
  await deliveries[0]!.handler!.callTogether(payloads, [...fresh]);
}

/** Of each lane the first. */
function headsOf(entries: readonly Entry[]): Entry[] {
  return entries.filter(({ lane }, at) => entries.findIndex((other) => other.lane === lane) === at);
}
