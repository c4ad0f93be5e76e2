import { once } from 'node:events';
import type { EventEmitter } from 'node:events';
import type { EntityManager } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../../test/start-test-service.ts';
import type { TestPayload, TestService } from '../../test/start-test-service.ts';
import { useBus } from '../../test/use-bus.ts';
import type { Handle, HandleOutside } from '../../test/use-bus.ts';
import { TransientError } from '../errors.ts';
import { OUTSIDE_EFFECTS_AT_ONCE_MAX, TRANSACTIONS_AT_ONCE_MAX } from '../limits.ts';
import type { GivingUp, OutsideOptions } from '../handler/on-event.decorator.ts';

/** Short, because the tests wait for it; long enough for what is not to time out on a busy machine. */
const TIMEOUT_MS = 1_000;

const bus = useBus();
const { writeEffect: write, effects } = bus;

/** Lets the handlers that hang end. */
let release: PromiseWithResolvers<void>;
beforeEach(() => {
  release = Promise.withResolvers();
});
// Runs before the services stop.
afterEach(() => release.resolve());

const start = async (handle: Handle, options: GivingUp = {}): Promise<TestService> =>
  bus.start(handle, { timeoutMs: TIMEOUT_MS, ...options });

const startOutside = async (
  handle: HandleOutside,
  options: Partial<Omit<OutsideOptions, 'effect'>> = {},
): Promise<TestService> => bus.startOutside({ whenAmbiguous: 'resend', timeoutMs: TIMEOUT_MS, ...options }, handle);

const hung = (count: number): TestPayload[] => Array.from({ length: count }, (_, n) => ({ key: `hung ${n}`, n }));
const good = (count: number): TestPayload[] => Array.from({ length: count }, (_, n) => ({ key: `good ${n}`, n }));
const isHung = ({ key }: TestPayload): boolean => key.startsWith('hung');

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
    const ids = await running.publish(bus.event, ...hung(TRANSACTIONS_AT_ONCE_MAX));
    await running.publish(bus.event, ...good(20));
    await until(running.events, ['record.handled'], async () => (await effects(running)).length === 20);
    await until(running.events, ['record.dead'], () => dead.size === ids.length);
    expect(dead).toEqual(new Set(ids));
    expect(new Set(await effects(running))).toEqual(new Set(good(20).map(({ key }) => key)));
  });

  it('have their connections closed: a handler that wakes up can neither read, write nor commit', async () => {
    const woken = Promise.withResolvers<unknown[]>();
    let attempts = 0;
    const running = await start(async ({ key }, { manager, signal }) => {
      attempts += 1;
      await write(manager, `${key}, attempt ${attempts}`);
      if (attempts > 1) return;
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
    await running.publish(bus.event, { key: 'a', n: 1 });
    expect(await woken.promise).toEqual(['rejected', 'rejected', 'rejected', 'rejected']);
    expect(await late).toMatchObject({ event: bus.event.name, attempt: 1 });
    await until(running.events, ['record.handled'], async () => (await effects(running)).length > 0);
    expect(await effects(running)).toEqual(['a, attempt 2']);
  });

  it('free the locks they hold at once, also in the middle of a statement', async () => {
    let attempts = 0;
    const running = await start(async ({ key }, { manager }) => {
      attempts += 1;
      await write(manager, `${key}, attempt ${attempts}`);
      // While PostgreSQL computes it does not notice that its client has disconnected.
      if (attempts === 1) await manager.query('SELECT pg_sleep(3600)');
    });
    await running.publish(bus.event, { key: 'a', n: 1 });
    // The second attempt meets the first one's inbox row, and would wait for its end.
    await until(running.events, ['record.handled'], async () => (await effects(running)).length > 0);
    expect(await effects(running)).toEqual(['a, attempt 2']);
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
    await running.publish(bus.event, { key: 'a', n: 1 }, { key: 'a', n: 2 });
    await until(running.events, ['record.handled'], async () => (await effects(running)).length === 2);
    expect(seen).toEqual(['a1', 'a2']);
  });

  it('in a batch: its records are attempted alone, and the one that hangs fails alone', async () => {
    const running = await bus.startBatches(
      { max: 50, waitMs: 200, timeoutMs: TIMEOUT_MS, attemptsMax: 2, whenGivenUp: 'skip' },
      async (payloads, [context]) => {
        if (payloads.some(isHung)) await release.promise;
        for (const { key } of payloads) await write(context!.manager, key);
      },
    );
    const dead = new Promise((resolve) => running.events.once('record.dead', resolve));
    const [id] = await running.publish(bus.event, ...hung(1), ...good(20));
    expect(await dead).toMatchObject({ eventId: id, reason: 'exhausted' });
    await until(running.events, ['record.handled'], async () => (await effects(running)).length === 20);
  });

  it('are reported with their age when they time out', async () => {
    const running = await start(async () => release.promise);
    const timedOut = new Promise((resolve) => running.events.once('handler.timed-out', resolve));
    const [id] = await running.publish(bus.event, { key: 'a', n: 1 });
    const age = await timedOut;
    expect(age).toMatchObject({
      event: bus.event.name,
      eventId: id,
      topic: bus.event.topic.name,
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
    await running.publish(bus.event, { key: 'a', n: 1 });
    await entered.promise;
    // Closes the pool too, which waits for every connection that is taken.
    await bus.stop(running);
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
    await running.publish(bus.event, ...hung(OUTSIDE_EFFECTS_AT_ONCE_MAX));
    await running.publish(bus.event, ...good(20));
    await until(running.events, ['record.handled'], () => handled === OUTSIDE_EFFECTS_AT_ONCE_MAX + 20);
    const again = claims.filter(([, ambiguous]) => ambiguous).map(([key]) => key);
    expect(new Set(again)).toEqual(new Set(hung(OUTSIDE_EFFECTS_AT_ONCE_MAX).map(({ key }) => key)));
  });

  it('may confirm late: the effect is not ambiguous any more, and nothing is sent again', async () => {
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
    const [id] = await running.publish(bus.event, { key: 'a', n: 1 });
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
    await running.publish(bus.event, { key: 'a', n: 1 });
    expect(await late).toMatchObject({ event: bus.event.name, attempt: 1 });
    expect(writes).toBeGreaterThan(1);
  });

  it('that report late that nothing happened change nothing for the attempt that runs by then', async () => {
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
    await running.publish(bus.event, { key: 'a', n: 1 });
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
    await running.publish(bus.event, ...hung(40));
    await failed;
    await running.publish(bus.event, ...good(20));
    await until(running.events, ['record.handled'], () => handled === 20);
    const claimed: unknown[] = await running.dataSource.query(
      `SELECT 1 FROM inbox_message WHERE handler = $1 AND state <> 'done'`,
      [bus.event.name],
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
    await running.publish(bus.event, { key: 'a', n: 1 }, { key: 'b', n: 1 });
    expect(await dead).toMatchObject({ reason: 'exhausted' });
    expect(await running.deadLetters.find({ topic: bus.event.topic.name })).toMatchObject([{ attempts: 4 }]);
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
    await running.publish(bus.event, { key: 'a', n: 1 }, { key: 'b', n: 1 });
    expect(await failed).toMatchObject({ error: { code: '40P01' } });
    await until(running.events, ['record.handled'], async () => (await effects(running)).length === 2);
    expect(await running.deadLetters.find({ topic: bus.event.topic.name })).toEqual([]);
  });
});
