import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { EventEmitter } from 'node:events';
import { createTestDatabase } from '@event-bus/test-kit';
import type { TestDatabase } from '@event-bus/test-kit';
import { Controller } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestBroker } from '../../test/start-broker.ts';
import type { TestBroker } from '../../test/start-broker.ts';
import { newTestEvent, startTestService, until } from '../../test/start-test-service.ts';
import type { Said, TestService } from '../../test/start-test-service.ts';
import { TransientError } from '../errors.ts';
import type { EventDefinition } from '../event-definition.ts';
import { OUTSIDE_EFFECTS_AT_ONCE_MAX, TRANSACTIONS_AT_ONCE_MAX } from '../limits.ts';
import { OnEvent, OnEvents } from '../handler/on-event.decorator.ts';
import type { GivingUp, OutsideOptions } from '../handler/on-event.decorator.ts';
import type { Confirmed, OutsideContext, TransactionContext } from '../handler/record-context.ts';

/** Short, because the tests wait for it; long enough for what is not to time out on a busy machine. */
const TIMEOUT_MS = 1_000;

let database: TestDatabase;
let broker: TestBroker;
let said: EventDefinition<Said>;
let service: TestService | undefined;
let release: PromiseWithResolvers<void>;

beforeAll(async () => {
  [database, broker] = await Promise.all([createTestDatabase(), startTestBroker()]);
});
afterAll(async () => {
  await broker.close();
  await database.drop();
});
beforeEach(() => {
  said = newTestEvent();
  release = Promise.withResolvers();
});
afterEach(async () => {
  release.resolve();
  await service?.stop();
  service = undefined;
});

async function startWith(controller: new () => unknown): Promise<TestService> {
  service = await startTestService({
    databaseUrl: database.url,
    broker: broker.address,
    service: `group-${randomUUID()}`,
    publishes: [said],
    controllers: [controller],
  });
  await service.dataSource.query('CREATE TABLE IF NOT EXISTS effect (topic text NOT NULL, said text NOT NULL)');
  return service;
}

async function start(
  handle: (payload: Said, context: TransactionContext) => Promise<void>,
  options: GivingUp = {},
): Promise<TestService> {
  @Controller()
  class Listener {
    @OnEvent(said, { timeoutMs: TIMEOUT_MS, ...options })
    async listen(payload: Said, context: TransactionContext): Promise<void> {
      await handle(payload, context);
    }
  }
  return startWith(Listener);
}

async function startOutside(
  handle: (payload: Said, context: OutsideContext) => Promise<Confirmed>,
  options: Partial<Omit<OutsideOptions, 'effect'>> = {},
): Promise<TestService> {
  @Controller()
  class Listener {
    @OnEvent(said, { effect: 'outside', whenAmbiguous: 'resend', timeoutMs: TIMEOUT_MS, ...options })
    async listen(payload: Said, context: OutsideContext): Promise<Confirmed> {
      return handle(payload, context);
    }
  }
  return startWith(Listener);
}

async function write(manager: EntityManager, what: string): Promise<void> {
  await manager.query('INSERT INTO effect VALUES ($1, $2)', [said.topic.name, what]);
}

async function effects({ dataSource }: TestService): Promise<string[]> {
  const rows: Array<{ said: string }> = await dataSource.query(
    'SELECT said FROM effect WHERE topic = $1 ORDER BY said',
    [said.topic.name],
  );
  return rows.map((row) => row.said);
}

const hung = (count: number): Said[] => Array.from({ length: count }, (_, n) => ({ key: `hung ${n}`, n }));
const good = (count: number): Said[] => Array.from({ length: count }, (_, n) => ({ key: `good ${n}`, n }));
const isHung = ({ key }: Said): boolean => key.startsWith('hung');

describe('handlers with effects in the database that hang', () => {
  it('leave their places to other keys, count as failed, and become dead letters', async () => {
    const running = await start(
      async (payload, { manager }) => {
        if (isHung(payload)) await release.promise;
        await write(manager, payload.key);
      },
      { attemptsMax: 2 },
    );
    const dead = new Set<string>();
    running.events.on('record.dead', ({ eventId, reason, error }) => {
      expect(reason).toBe('exhausted');
      expect(error).toMatchObject({ code: 'HANDLER_TIMED_OUT' });
      dead.add(eventId!);
    });
    const ids = await running.say(said, ...hung(TRANSACTIONS_AT_ONCE_MAX));
    await running.say(said, ...good(20));
    await until(running.events, ['record.handled'], async () => (await effects(running)).length === 20);
    await until(running.events, ['record.dead'], () => dead.size === ids.length);
    expect(dead).toEqual(new Set(ids));
    expect(await effects(running)).toEqual(
      good(20)
        .map(({ key }) => key)
        .toSorted(),
    );
  });

  it('have their connections closed: a handler that wakes up can neither read, write nor commit', async () => {
    const woken = Promise.withResolvers<unknown[]>();
    let tries = 0;
    const running = await start(async ({ key }, { manager, signal }) => {
      tries += 1;
      await write(manager, `${key}, try ${tries}`);
      if (tries > 1) return;
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      const outcomes = await Promise.allSettled([
        write(manager, 'late'),
        manager.query('SELECT 1'),
        manager.transaction(async (inner) => write(inner, 'late')),
        manager.queryRunner!.commitTransaction(),
      ]);
      woken.resolve(outcomes.map(({ status }) => status));
    });
    const late = new Promise((resolve) => running.events.once('handler.ended-late', resolve));
    await running.say(said, { key: 'a', n: 1 });
    expect(await woken.promise).toEqual(['rejected', 'rejected', 'rejected', 'rejected']);
    expect(await late).toMatchObject({ event: said.name, attempt: 1 });
    await until(running.events, ['record.handled'], async () => (await effects(running)).length > 0);
    expect(await effects(running)).toEqual(['a, try 2']);
  });

  it('free the locks they hold at once, also in the middle of a statement', async () => {
    let tries = 0;
    const running = await start(async ({ key }, { manager }) => {
      tries += 1;
      await write(manager, `${key}, try ${tries}`);
      // As long as PostgreSQL computes it does not see that its client is gone.
      if (tries === 1) await manager.query('SELECT pg_sleep(3600)');
    });
    await running.say(said, { key: 'a', n: 1 });
    // The second attempt meets the first one's inbox row, and would wait for its end.
    await until(running.events, ['record.handled'], async () => (await effects(running)).length > 0);
    expect(await effects(running)).toEqual(['a, try 2']);
    const sessions: unknown[] = await running.dataSource.query(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'SELECT pg_sleep(%'`,
    );
    expect(sessions).toEqual([]);
  });

  it('keep the order of their key: what comes behind waits for the attempt that succeeds', async () => {
    const seen: string[] = [];
    const running = await start(async ({ key, n }, { attempt, manager }) => {
      if (n === 1 && attempt === 1) await release.promise;
      seen.push(`${key}${n}`);
      await write(manager, `${key}${n}`);
    });
    await running.say(said, { key: 'a', n: 1 }, { key: 'a', n: 2 });
    await until(running.events, ['record.handled'], async () => (await effects(running)).length === 2);
    expect(seen).toEqual(['a1', 'a2']);
  });

  it('in a batch: its records are tried alone, and the one that hangs fails alone', async () => {
    @Controller()
    class Listener {
      @OnEvents(said, { max: 50, waitMs: 200, timeoutMs: TIMEOUT_MS, attemptsMax: 2, whenGivenUp: 'skip' })
      async listen(payloads: Said[], [context]: TransactionContext[]): Promise<void> {
        if (payloads.some(isHung)) await release.promise;
        for (const { key } of payloads) await write(context!.manager, key);
      }
    }
    const running = await startWith(Listener);
    const dead = new Promise((resolve) => running.events.once('record.dead', resolve));
    const [id] = await running.say(said, ...hung(1), ...good(20));
    expect(await dead).toMatchObject({ eventId: id, reason: 'exhausted' });
    await until(running.events, ['record.handled'], async () => (await effects(running)).length === 20);
  });

  it('are reported with their age when they time out', async () => {
    const running = await start(async () => release.promise);
    const timedOut = new Promise((resolve) => running.events.once('handler.timed-out', resolve));
    const [id] = await running.say(said, { key: 'a', n: 1 });
    const age = await timedOut;
    expect(age).toMatchObject({
      event: said.name,
      eventId: id,
      topic: said.topic.name,
      attempt: 1,
      timeoutMs: TIMEOUT_MS,
    });
    expect((age as { ageMs: number }).ageMs).toBeGreaterThanOrEqual(TIMEOUT_MS - 1);
  });

  it('do not hold a stop for longer than its bound, nor the pool', async () => {
    const entered = Promise.withResolvers<void>();
    const running = await start(
      async () => {
        entered.resolve();
        await release.promise;
      },
      { timeoutMs: 3_600_000 },
    );
    await running.say(said, { key: 'a', n: 1 });
    await entered.promise;
    service = undefined;
    // Closes the pool too, which waits for every connection that is taken.
    await running.stop();
    expect(running.dataSource.isInitialized).toBe(false);
  });
});

describe('handlers with outside effects that hang', () => {
  it('leave their places to other keys, and are ambiguous from then on', async () => {
    const claims: Array<[string, boolean]> = [];
    const running = await startOutside(
      async (payload, context) => {
        const claim = await context.claim();
        claims.push([payload.key, claim.ambiguous]);
        if (isHung(payload) && !claim.ambiguous) await release.promise;
        return claim.confirm();
      },
      // So many claims at once take a while on a busy machine, and those that do not hang must not time out.
      { timeoutMs: 5 * TIMEOUT_MS },
    );
    let handled = 0;
    running.events.on('record.handled', () => (handled += 1));
    await running.say(said, ...hung(OUTSIDE_EFFECTS_AT_ONCE_MAX));
    await running.say(said, ...good(20));
    await until(running.events, ['record.handled'], () => handled === OUTSIDE_EFFECTS_AT_ONCE_MAX + 20);
    const again = claims.filter(([, ambiguous]) => ambiguous).map(([key]) => key);
    expect(new Set(again)).toEqual(new Set(hung(OUTSIDE_EFFECTS_AT_ONCE_MAX).map(({ key }) => key)));
  });

  it('may confirm late: the doubt is over, and nothing is sent again', async () => {
    let acted = 0;
    const running = await startOutside(
      async (_, context) => {
        const claim = await context.claim();
        acted += 1;
        await release.promise;
        return claim.confirm();
      },
      { whenAmbiguous: 'hold' },
    );
    const dead = new Promise((resolve) => running.events.once('record.dead', resolve));
    const late = new Promise((resolve) => running.events.once('handler.ended-late', resolve));
    const [id] = await running.say(said, { key: 'a', n: 1 });
    expect(await dead).toMatchObject({ reason: 'permanent', error: { cause: { code: 'OUTCOME_UNKNOWN' } } });
    release.resolve();
    await late;
    expect(acted).toBe(1);
    expect(await running.deadLetters.find({ eventId: id! })).toMatchObject([{ state: 'dropped' }]);
  });

  it('are not confirmed for ever when what they write with the confirmation times out each time', async () => {
    let writes = 0;
    const running = await startOutside(
      async (_, context) => {
        const claim = await context.claim();
        return claim.confirm(async (manager) => {
          writes += 1;
          await manager.query(`DO $$ BEGIN RAISE EXCEPTION 'locked' USING ERRCODE = 'lock_not_available'; END $$`);
        });
      },
      { whenAmbiguous: 'hold' },
    );
    const late = new Promise((resolve) => running.events.once('handler.ended-late', resolve));
    await running.say(said, { key: 'a', n: 1 });
    expect(await late).toMatchObject({ event: said.name, attempt: 1 });
    expect(writes).toBeGreaterThan(1);
  });

  it('that say late that nothing happened do not speak for the attempt that runs by then', async () => {
    const unconfirmed: number[] = [];
    const second = Promise.withResolvers<void>();
    const late = Promise.withResolvers<void>();
    const running = await startOutside(async (_, context) => {
      const claim = await context.claim();
      unconfirmed.push(claim.unconfirmed);
      if (unconfirmed.length === 1) {
        await second.promise;
        throw new TransientError('refused');
      }
      if (unconfirmed.length === 2) {
        second.resolve();
        await late.promise;
        throw new Error('the connection broke after DATA');
      }
      return claim.confirm();
    });
    running.events.once('handler.ended-late', () => late.resolve());
    await running.say(said, { key: 'a', n: 1 });
    await until(running.events, ['record.handled'], () => unconfirmed.length === 3);
    expect(unconfirmed).toEqual([0, 1, 2]);
  });

  it('while they write with their claims do not hold up the claims of the others', async () => {
    const running = await startOutside(
      async (payload, context) => {
        const claim = await context.claim(async (manager) => {
          if (!isHung(payload)) return;
          await manager.query(`SET LOCAL statement_timeout = '500ms'`);
          await manager.query('SELECT pg_sleep(3600)');
        });
        return claim.confirm();
      },
      { timeoutMs: 30_000 },
    );
    let handled = 0;
    running.events.on('record.handled', () => (handled += 1));
    const failed = new Promise((resolve) => running.events.once('record.retry', resolve));
    await running.say(said, ...hung(40));
    await failed;
    await running.say(said, ...good(20));
    await until(running.events, ['record.handled'], () => handled === 20);
    const claimed: unknown[] = await running.dataSource.query(
      `SELECT 1 FROM inbox_message WHERE handler = $1 AND state <> 'done'`,
      [said.name],
    );
    expect(claimed).toEqual([]);
  });
});

describe('a handler whose database gives up on it each time', () => {
  it.each([
    [
      'a statement time-out (57014)',
      async (manager: EntityManager) => {
        await manager.query(`SET LOCAL statement_timeout = '100ms'`);
        await manager.query('SELECT pg_sleep(3600)');
      },
    ],
    [
      'a lock time-out (55P03)',
      async (manager: EntityManager) => {
        await manager.query(`SET LOCAL lock_timeout = '100ms'`);
        await manager.query('SELECT pg_advisory_xact_lock(4711)');
      },
    ],
    [
      'a transaction that is idle for too long (25P03)',
      async (manager: EntityManager) => {
        const connection = (await manager.queryRunner!.connect()) as EventEmitter;
        await manager.query(`SET LOCAL idle_in_transaction_session_timeout = '100ms'`);
        await once(connection, 'end');
        await manager.query('SELECT 1');
      },
    ],
  ])('by %s: that counts, and its record becomes a dead letter', async (_, work) => {
    const running = await start(async ({ key }, { manager }) => (key === 'a' ? work(manager) : undefined), {
      attemptsMax: 4,
      timeoutMs: 30_000,
    });
    const lock = running.dataSource.createQueryRunner();
    await lock.query('SELECT pg_advisory_lock(4711)');
    const dead = new Promise((resolve) => running.events.once('record.dead', resolve));
    await running.say(said, { key: 'a', n: 1 }, { key: 'b', n: 1 });
    expect(await dead).toMatchObject({ reason: 'exhausted' });
    expect(await running.deadLetters.find({ topic: said.topic.name })).toMatchObject([{ attempts: 4 }]);
    await lock.query('SELECT pg_advisory_unlock(4711)');
    await lock.release();
  });

  it('by deadlocks: they solve themselves, and count for nothing', async () => {
    const both = Promise.withResolvers<void>();
    const first = new Set<string>();
    const running = await start(
      async ({ key }, { manager, attempt }) => {
        const locks = key === 'a' ? [1, 2] : [2, 1];
        await manager.query('SELECT pg_advisory_xact_lock(1000 + $1)', [locks[0]]);
        if (attempt === 1) {
          first.add(key);
          if (first.size === 2) both.resolve();
          await both.promise;
        }
        await manager.query('SELECT pg_advisory_xact_lock(1000 + $1)', [locks[1]]);
        await write(manager, key);
      },
      { attemptsMax: 1, timeoutMs: 30_000 },
    );
    const failed = new Promise((resolve) => running.events.once('record.retry', resolve));
    await running.say(said, { key: 'a', n: 1 }, { key: 'b', n: 1 });
    expect(await failed).toMatchObject({ error: { code: '40P01' } });
    await until(running.events, ['record.handled'], async () => (await effects(running)).length === 2);
    expect(await running.deadLetters.find({ topic: said.topic.name })).toEqual([]);
  });
});
