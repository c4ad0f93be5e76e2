import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openMessagingDatabase } from '../../../test/open-messaging-database.ts';
import { POISON_STARTS_MAX } from '../../limits.ts';
import type { ParkedHead } from '../../parking/parked-records.ts';
import { Delivery } from '../delivery.ts';
import { HeldPartition } from '../held-partition.ts';
import { HANDLED } from '../outcome.ts';
import type { Outcome } from '../outcome.ts';
import { PoisonGuard } from './poison-guard.ts';

const ATTEMPTS = POISON_STARTS_MAX + 2;

const givenUp: string[] = [];
const deadLetter = {
  put: async (_: Delivery, { reason, error }: { reason: string; error: Error }): Promise<Outcome> => {
    givenUp.push(`${reason}: ${error.message}`);
    return { is: 'dead', keyWaits: false };
  },
};

let dataSource: DataSource;
let drop: () => Promise<void>;
beforeAll(async () => {
  ({ dataSource, drop } = await openMessagingDatabase());
});
afterAll(async () => drop());
beforeEach(async () => {
  givenUp.length = 0;
  await dataSource.query('DELETE FROM started_attempt');
});

/** A database that is lost in the moment of a statement: before it got there, or with the answer on its way. */
function losing(statement: RegExp, when: 'before' | 'after'): DataSource {
  let isLost = true;
  return new Proxy(dataSource, {
    get: (target, property) => {
      if (property !== 'query') return Reflect.get(target, property) as unknown;
      return async (text: string, values: unknown[]): Promise<unknown> => {
        const isHit = statement.test(text) && isLost;
        // It is back for the next attempt.
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

const message = { offset: '7', timestamp: '0', key: null, value: null };
const held = new HeldPartition('member-service', { topic: 'member', partition: 0 });

/** Parked records are always guarded. */
const parkedRecord = (): Delivery =>
  new Delivery(held, message, { topic: 'member', partition: 0, message } as unknown as ParkedHead);

const endsTheProcess = (): Promise<Outcome> => new Promise(() => undefined);
const newGuard = (source = dataSource): PoisonGuard => new PoisonGuard('listener', source, deadLetter);

test('a record that ends its process each time is given up', async () => {
  for (let start = 0; start < POISON_STARTS_MAX; start += 1) {
    void newGuard().run(parkedRecord(), endsTheProcess);
    await expect.poll(async () => startsOnRecord()).toBe(start + 1);
  }
  expect(await newGuard().run(parkedRecord(), endsTheProcess)).toEqual({ is: 'dead', keyWaits: false });
  expect(givenUp).toEqual([`poison: the process ended ${POISON_STARTS_MAX} times while it handled this record`]);
});

test.each([
  { lostAt: 'the end of each attempt', statement: /DELETE FROM started_attempt/, when: 'before' as const },
  { lostAt: 'the answer to each start', statement: /INSERT INTO started_attempt/, when: 'after' as const },
])('a database that is lost at $lostAt makes no poison of a record', async ({ statement, when }) => {
  const guard = newGuard(losing(statement, when));
  for (let n = 0; n < ATTEMPTS; n += 1) await guard.run(parkedRecord(), () => HANDLED);
  expect(givenUp).toEqual([]);
  expect(await startsOnRecord()).toBe(0);
});

test('after a crash records are guarded until as many have been handled as may have been in flight', async () => {
  const recovering = new HeldPartition('member-service', { topic: 'member', partition: 0 });
  recovering.open([], { suspects: new Set(['7']) });
  const seen: number[] = [];
  const note = async (): Promise<Outcome> => {
    seen.push(await startsOnRecord());
    return HANDLED;
  };
  await newGuard().run(new Delivery(recovering, message), note);
  await newGuard().run(new Delivery(held, message), note);
  expect(seen).toEqual([1, 0]);
});

async function startsOnRecord(): Promise<number> {
  const rows: Array<{ starts: number }> = await dataSource.query('SELECT starts FROM started_attempt');
  return rows[0]?.starts ?? 0;
}
