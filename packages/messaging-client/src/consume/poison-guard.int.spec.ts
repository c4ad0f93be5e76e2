import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openMessagingDatabase } from '../../test/open-messaging-database.ts';
import { POISON_STARTS_MAX } from '../limits.ts';
import type { MessagingOptions } from '../options.ts';
import type { InstanceLock } from '../database/instance-lock.ts';
import { PoisonGuard } from './poison-guard.ts';
import type { GuardedAttempt } from './poison-guard.ts';
import type { ProcessOutcome } from './process-record.ts';

const GROUP = { service: 'listener' } as MessagingOptions;
const PROCESS = { id: 1 } as InstanceLock;
const DONE: ProcessOutcome = { done: true };
const ATTEMPTS = POISON_STARTS_MAX + 2;

const givenUp: string[] = [];

let dataSource: DataSource;
let drop: () => Promise<void>;
beforeAll(async () => {
  ({ dataSource, drop } = await openMessagingDatabase());
});
afterAll(async () => drop());
beforeEach(async () => {
  givenUp.length = 0;
  await dataSource.query('DELETE FROM started_attempt');
  await dataSource.query('DELETE FROM partition_holder');
});

/** A database that is lost in the moment of a statement: before it got there, or with the answer on its way. */
function losing(statement: RegExp, when: 'before' | 'after'): DataSource {
  let isLost = true;
  return new Proxy(dataSource, {
    get: (target, property) => {
      if (property !== 'query') return Reflect.get(target, property) as unknown;
      return async (text: string, values: unknown[]): Promise<unknown> => {
        const isHit = statement.test(text) && isLost;
        // It is back for the next try.
        isLost = statement.test(text) ? !isLost : isLost;
        if (isHit && when === 'before') throw lost();
        const rows: unknown = await target.query(text, values);
        if (isHit) throw lost();
        return rows;
      };
    },
  });
}

function lost(): Error {
  return Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
}

function attempt(): GuardedAttempt {
  return {
    place: { topic: 'member', partition: 0 },
    offset: '7',
    isSuspect: false,
    handle: async () => DONE,
    giveUp: async (starts) => {
      givenUp.push(`given up after ${starts} starts`);
      return DONE;
    },
  };
}

test('a record that ends its process each time is given up', async () => {
  const endsTheProcess = { ...attempt(), handle: () => new Promise<ProcessOutcome>(() => undefined) };
  for (let start = 0; start < POISON_STARTS_MAX; start += 1) {
    void new PoisonGuard(GROUP, dataSource, PROCESS).run(endsTheProcess);
    await expect.poll(async () => startsOnRecord()).toBe(start + 1);
  }
  await new PoisonGuard(GROUP, dataSource, PROCESS).run(endsTheProcess);
  expect(givenUp).toEqual([`given up after ${POISON_STARTS_MAX} starts`]);
});

test.each([
  { lostAt: 'the end of each attempt', statement: /DELETE FROM started_attempt/, when: 'before' as const },
  { lostAt: 'the answer to each start', statement: /INSERT INTO started_attempt/, when: 'after' as const },
])('a database that is lost at $lostAt makes no poison of a record', async ({ statement, when }) => {
  const guard = new PoisonGuard(GROUP, losing(statement, when), PROCESS);
  for (let n = 0; n < ATTEMPTS; n += 1) await guard.run(attempt());
  expect(givenUp).toEqual([]);
  expect(await startsOnRecord()).toBe(0);
});

test('a process that takes many partitions at the same moment learns of each that its holder is gone', async () => {
  const places = Array.from({ length: 8 }, (_, partition) => ({ topic: 'member', partition }));
  const gone = new PoisonGuard(GROUP, dataSource, { id: 2 } as InstanceLock);
  for (const place of places) await gone.take(place);

  const guard = new PoisonGuard(GROUP, dataSource, PROCESS);
  const traces = await Promise.all(places.map(async (place) => guard.take(place)));
  expect(traces).toEqual(places.map(() => ({ suspects: new Set() })));
});

test('a process that took over from one that is gone is careful again when it joins its group again', async () => {
  const place = attempt().place;
  const first = new PoisonGuard(GROUP, dataSource, PROCESS);
  expect(await first.take(place)).toBeUndefined();
  expect(await first.take(place)).toBeUndefined();
  void first.run({ ...attempt(), handle: () => new Promise<ProcessOutcome>(() => undefined) });
  await expect.poll(async () => startsOnRecord()).toBe(1);

  const second = new PoisonGuard(GROUP, dataSource, { id: 2 } as InstanceLock);
  expect(await second.take(place)).toEqual({ suspects: new Set(['7']) });
  expect(await second.take(place)).toEqual({ suspects: new Set(['7']) });
  await second.giveBack([place]);
  expect(await second.take(place)).toBeUndefined();
});

async function startsOnRecord(): Promise<number> {
  const rows: Array<{ starts: number }> = await dataSource.query('SELECT starts FROM started_attempt');
  return rows[0]?.starts ?? 0;
}
