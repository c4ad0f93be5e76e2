import { once } from 'node:events';
import type { DataSource, EntityManager } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openMessagingDatabase } from '../../../test/open-messaging-database.ts';
import { deliveryOf, handlerOf, openPartition, StageParts } from '../../../test/stage-parts.ts';
import { newTestEvent } from '../../../test/start-test-service.ts';
import { InstanceLock } from '../../database/instance-lock.ts';
import { ServiceStopping } from '../../errors.ts';
import type { HandlerEffect } from '../../handler/on-event.decorator.ts';
import type { OutsideContext, RecordContext, TransactionContext } from '../../handler/record-context.ts';
import { Claims } from '../../inbox/claims.ts';
import { RepeatableEffects } from '../../inbox/handle-repeatable.ts';
import { OUTSIDE_EFFECTS_AT_ONCE_MAX, TRANSACTIONS_AT_ONCE_MAX } from '../../limits.ts';
import { Semaphore, SemaphoreClosed } from '../../semaphore.ts';
import type { Delivery } from '../delivery.ts';
import type { HeldPartition } from '../held-partition.ts';
import { identify } from '../identify.ts';
import { HANDLED, REPEATED } from '../outcome.ts';
import type { Outcome } from '../outcome.ts';
import { RunningHandlers } from '../running-handlers.ts';
import { Handle } from './handle.ts';

const EFFECTS: Record<'database' | 'outside' | 'repeatable', HandlerEffect> = {
  database: { kind: 'database', shared: false },
  outside: { kind: 'outside', resendsMax: 1 },
  repeatable: { kind: 'repeatable', inbox: true },
};
const WITHOUT_INBOX: HandlerEffect = { kind: 'repeatable', inbox: false };
const event = newTestEvent();

let dataSource: DataSource;
let drop: () => Promise<void>;
let instanceLock: InstanceLock;
beforeAll(async () => {
  ({ dataSource, drop } = await openMessagingDatabase());
  instanceLock = new InstanceLock((dataSource.options as { url: string }).url, 'handle_spec');
  instanceLock.onModuleInit();
  await once(instanceLock, 'connected');
  await dataSource.query('CREATE TABLE effect (event_id text NOT NULL)');
});
afterAll(async () => {
  await instanceLock.onApplicationShutdown();
  await drop();
});

let held: HeldPartition;
let parts: StageParts;
let transactions: Semaphore;
let outsideEffects: Semaphore;
let reported: boolean[];
let stopping: AbortController;
let stage: Handle;
beforeEach(async () => {
  await dataSource.query('DELETE FROM parked_record; DELETE FROM inbox_message; DELETE FROM effect');
  held = openPartition(event);
  parts = new StageParts(dataSource);
  transactions = new Semaphore(TRANSACTIONS_AT_ONCE_MAX);
  outsideEffects = new Semaphore(OUTSIDE_EFFECTS_AT_ONCE_MAX);
  reported = [];
  start();
});

function start(): void {
  stopping = new AbortController();
  stage = new Handle({
    group: 'listener',
    dataSource,
    claims: new Claims(dataSource, instanceLock),
    repeatable: new RepeatableEffects(dataSource),
    running: new RunningHandlers(parts.events),
    transactions,
    outsideEffects,
    unpark: parts.unpark,
    handled: (_, isRepeated) => void reported.push(isRepeated),
    stopping: stopping.signal,
  });
}

const record = (eventId: string, key = 'a'): Delivery => deliveryOf(held, event, { key, n: 1 }, { eventId });

/** Writes its effect into the database, where it has an effect there; an outside one it claims and confirms. */
async function attempt(
  delivery: Delivery,
  effect: HandlerEffect,
  act: (context: OutsideContext) => Promise<void> = async () => undefined,
): Promise<Outcome> {
  delivery.beginAttempt();
  identify(delivery, new Map([[event.name, handlerOf(event, { effect, call: (_, context) => call(context) })]]));
  return stage.run(delivery);

  async function call(context: RecordContext): Promise<unknown> {
    if (effect.kind === 'outside') {
      const claim = await (context as OutsideContext).claim();
      await act(context as OutsideContext);
      return claim.confirm();
    }
    if (effect.kind === 'database') await write((context as TransactionContext).manager, context.event.id);
    return act(context as OutsideContext);
  }
}

async function write(manager: EntityManager, eventId: string): Promise<void> {
  await manager.query('INSERT INTO effect VALUES ($1)', [eventId]);
}

const countIn = async (table: string): Promise<number> => {
  const [row] = await dataSource.query<Array<{ count: number }>>(`SELECT count(*)::integer AS count FROM ${table}`);
  return row!.count;
};

describe.each(Object.values(EFFECTS))('a handler with an effect of kind $kind', (effect) => {
  it('is called once for an event, however often its record comes', async () => {
    let calls = 0;
    const act = async (): Promise<void> => void (calls += 1);
    expect(await attempt(record('same'), effect, act)).toBe(HANDLED);
    expect(await attempt(record('same', 'b'), effect, act)).toBe(REPEATED);
    expect(calls).toBe(1);
    expect(reported).toEqual([false, true]);
    expect(await countIn('inbox_message')).toBe(1);
  });

  it('that fails is not recorded as handled, so its next attempt calls it again', async () => {
    const delivery = record('failing');
    await expect(attempt(delivery, effect, async () => Promise.reject(new Error('not yet')))).rejects.toThrow(
      'not yet',
    );
    expect(reported).toEqual([]);
    expect(await countIn('effect')).toBe(0);
    expect(await attempt(delivery, effect)).toBe(HANDLED);
    expect(await countIn('effect')).toBe(effect.kind === 'database' ? 1 : 0);
  });

  it('takes a parked record out of the table when it has succeeded, and not before', async () => {
    const fetched = record('parked');
    fetched.beginAttempt();
    await parts.parking.until(fetched, 60_000, new Error('not yet'));
    const fail = async (): Promise<void> => Promise.reject(new Error('not yet'));
    await expect(attempt((await parts.parkedHead(fetched))!, effect, fail)).rejects.toThrow('not yet');
    expect(await countIn('parked_record')).toBe(1);
    expect(await attempt((await parts.parkedHead(fetched))!, effect)).toBe(HANDLED);
    expect(await countIn('parked_record')).toBe(0);
  });
});

describe('an event that comes twice at the same time', () => {
  let calls: number;
  let running: PromiseWithResolvers<void>;
  let release: PromiseWithResolvers<void>;
  beforeEach(() => {
    calls = 0;
    running = Promise.withResolvers();
    release = Promise.withResolvers();
  });
  const act = async (): Promise<void> => {
    calls += 1;
    running.resolve();
    await release.promise;
  };

  it('waits, for an effect in the database, until the first has committed', async () => {
    const both = [attempt(record('same'), EFFECTS.database, act), attempt(record('same', 'b'), EFFECTS.database, act)];
    await running.promise;
    release.resolve();
    expect(new Set(await Promise.all(both))).toEqual(new Set([HANDLED, REPEATED]));
    expect(calls).toBe(1);
  });

  it.each([EFFECTS.outside, EFFECTS.repeatable])('is attempted again later for one of kind $kind', async (effect) => {
    const first = attempt(record('same'), effect, act);
    await running.promise;
    const second = record('same', 'b');
    await expect(attempt(second, effect, act)).rejects.toMatchObject({ code: 'CLAIM_HELD_ELSEWHERE' });
    release.resolve();
    expect(await first).toBe(HANDLED);
    expect(await attempt(second, effect, act)).toBe(REPEATED);
    expect(calls).toBe(1);
  });
});

describe('a handler with `inbox: false`', () => {
  it('is called each time its record comes, also at the same time, and the database is not used', async () => {
    let calls = 0;
    const both = Promise.withResolvers<void>();
    const act = async (): Promise<void> => {
      calls += 1;
      if (calls === 2) both.resolve();
      await both.promise;
    };
    const outcomes = await Promise.all([
      attempt(record('same'), WITHOUT_INBOX, act),
      attempt(record('same', 'b'), WITHOUT_INBOX, act),
    ]);
    expect(outcomes).toEqual([HANDLED, HANDLED]);
    expect(await countIn('inbox_message')).toBe(0);
  });
});

it('at a stop no handler is called that has still to wait for a place', async () => {
  transactions.close();
  outsideEffects.close();
  let calls = 0;
  const act = async (): Promise<void> => void (calls += 1);
  await expect(attempt(record('1'), EFFECTS.database, act)).rejects.toBeInstanceOf(SemaphoreClosed);
  await expect(attempt(record('2'), EFFECTS.outside, act)).rejects.toBeInstanceOf(SemaphoreClosed);
  expect(calls).toBe(0);
});

it('at a stop an outside effect that has not begun releases its claim, and the next attempt is not ambiguous', async () => {
  const acts = Promise.withResolvers<void>();
  const waitForTurn = async ({ stopping: stops }: OutsideContext): Promise<void> => {
    acts.resolve();
    await once(stops, 'abort');
    throw stops.reason;
  };
  const waiting = attempt(record('1'), EFFECTS.outside, waitForTurn);
  await acts.promise;
  stopping.abort(new ServiceStopping('the service stops'));
  await expect(waiting).rejects.toBeInstanceOf(ServiceStopping);
  let calls = 0;
  const act = async (): Promise<void> => void (calls += 1);
  await expect(attempt(record('2'), EFFECTS.outside, act)).rejects.toBeInstanceOf(ServiceStopping);
  expect(calls).toBe(0);
  const states = 'SELECT event_id AS event, state, claimed_by AS owner FROM inbox_message ORDER BY event_id';
  expect(await dataSource.query(states)).toEqual([
    { event: '1', state: 'released', owner: null },
    { event: '2', state: 'released', owner: null },
  ]);
  start();
  const again = record('1');
  expect(await attempt(again, EFFECTS.outside, act)).toBe(HANDLED);
  expect(again.effect.unconfirmed).toBeUndefined();
  expect(await dataSource.query('SELECT unconfirmed FROM inbox_message')).toEqual([
    { unconfirmed: 0 },
    { unconfirmed: 0 },
  ]);
});
