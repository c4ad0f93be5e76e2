import type { EntityManager, QueryRunner } from 'typeorm';
import type { TransactionRunner } from '../../database/end-connection.ts';
import { refuseAborted } from '../../database/in-transaction.ts';
import type { RecordContext, TransactionContext } from '../../handler/record-context.ts';
import { GROUP_HANDLER_MS_MAX, GROUP_MS } from '../../limits.ts';
import type { Delivery } from '../delivery.ts';
import { callOf } from '../handler-context.ts';
import type { HandlerControl } from '../running-handlers.ts';
import type { Trace } from '../stages/trace.ts';
import type { HandlerDurations } from './handler-durations.ts';

/** How the handlers of one transaction are called. */
export type GroupMode =
  /** As if each had the transaction for itself. */
  | 'one after the other'
  /** All keys, each in its order (`shareTransaction`). */
  | 'at the same time'
  /** All records in one call (`OnEvents`). */
  | 'one call';

/** A record of a group, and which of its lanes it is in. */
export interface Entry {
  readonly lane: number;
  readonly delivery: Delivery;
}

/** Ends a transaction in which one handler takes so long that its neighbours are better off without it. */
export class TakesLong extends Error {}

/** A failure whose record is known. */
export class Blamed extends Error {
  readonly delivery: Delivery;
  constructor(delivery: Delivery, cause: unknown) {
    super('a handler failed in a transaction of several records', { cause });
    this.delivery = delivery;
  }
}

export interface GroupCall {
  /** Those of the group that were not handled before. */
  readonly fresh: readonly TransactionContext[];
  readonly entries: ReadonlyMap<RecordContext, Entry>;
  readonly manager: EntityManager;
  readonly control: HandlerControl;
  readonly durations: HandlerDurations;
  readonly trace: Trace;
  /** Whose handler runs now; undefined when it is none, or not one alone. */
  readonly began: (delivery: Delivery | undefined) => void;
}

/**
 * Calls the handlers of one transaction, in the way of its mode.
 * @returns how many records it got to, from the first on
 */
export async function callHandlers(mode: GroupMode, call: GroupCall): Promise<number> {
  if (mode === 'one after the other') return callInTurn(call);
  if (mode === 'at the same time') await callAtTheSameTime(call);
  else await callOnce(call);
  return call.fresh.length;
}

/** Not for longer than GROUP_MS: what it did by then is committed, and what it does not get to is handled next. */
async function callInTurn({ fresh, entries, manager, control, durations, trace, began }: GroupCall): Promise<number> {
  const startedAt = performance.now();
  const isShared = entries.size > 1;
  let current: Delivery | undefined;
  const cutTimer = isShared
    ? setTimeout(() => control.cut(new Blamed(current!, new TakesLong())), GROUP_HANDLER_MS_MAX)
    : undefined;
  try {
    for (const [count, context] of fresh.entries()) {
      const { delivery } = entries.get(context)!;
      const now = performance.now();
      if (count > 0 && now - startedAt > GROUP_MS) return count;
      current = delivery;
      began(delivery);
      control.next(callOf(delivery));
      cutTimer?.refresh();
      try {
        await callOne(trace, delivery, context);
        // A handler that hides that its statement failed would else be found out by its neighbour.
        if (isShared) await refuseAborted(manager);
      } catch (error) {
        throw new Blamed(delivery, error);
      } finally {
        durations.note(delivery, performance.now() - now);
      }
    }
    began(undefined);
  } finally {
    clearTimeout(cutTimer);
  }
  return fresh.length;
}

/** All have ended before this does: what still runs would write into a transaction that is over. */
async function callAtTheSameTime({ fresh, entries, manager, trace }: GroupCall): Promise<void> {
  const runner = manager.queryRunner as TransactionRunner;
  if (!runner.databaseConnection!.pipeline) queueQueries(runner);
  const lanes = Map.groupBy(fresh, (context) => entries.get(context)!.lane);
  const calls = [...lanes.values()].map(async (contexts) => {
    for (const context of contexts) await callOne(trace, entries.get(context)!.delivery, context);
  });
  const failed = (await Promise.allSettled(calls)).find(({ status }) => status === 'rejected');
  if (failed !== undefined) throw (failed as PromiseRejectedResult).reason;
}

/** Unless its connections are pipelined (`pipeline: true`), pg leaves it to its caller to wait for one statement before the next. */
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

async function callOnce({ fresh, entries, trace }: GroupCall): Promise<void> {
  const deliveries = fresh.map((context) => entries.get(context)!.delivery);
  const payloads = deliveries.map(({ payload }) => payload);
  await trace.runBatch(deliveries, () => deliveries[0]!.handler!.callTogether(payloads, [...fresh]));
}

function callOne(trace: Trace, delivery: Delivery, context: TransactionContext): Promise<unknown> {
  return trace.runWithin(delivery, () => delivery.handler!.call(delivery.payload, context));
}
