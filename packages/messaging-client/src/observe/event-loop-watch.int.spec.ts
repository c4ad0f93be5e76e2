import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createTestDatabase } from '@event-bus/test-kit';
import type { TestDatabase } from '@event-bus/test-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { BlockingServiceOptions } from '../../test/blocking-service.ts';
import { startTestBroker } from '../../test/start-broker.ts';
import type { TestBroker } from '../../test/start-broker.ts';
import { newTestEvent, startTestService } from '../../test/start-test-service.ts';
import { POISON_STARTS_MAX } from '../limits.ts';

const PROGRAM = join(import.meta.dirname, '..', '..', 'test', 'blocking-service.ts');
/** Each life takes a start of Node and the time in which its group misses the life before. */
const LIVES_MS = 300_000;

let database: TestDatabase;
let broker: TestBroker;
let child: ChildProcess | undefined;

beforeAll(async () => {
  [database, broker] = await Promise.all([createTestDatabase(), startTestBroker()]);
});
afterAll(async () => {
  child?.kill('SIGKILL');
  await broker.close();
  await database.drop();
});

it(
  'a handler that computes without end is named, its process is ended each time, and its record becomes a dead letter',
  async () => {
    const testEvent = newTestEvent();
    const publisher = await startTestService({
      databaseUrl: database.url,
      broker: broker.address,
      service: 'publisher',
      publishes: [testEvent],
    });
    const { dataSource } = publisher;
    await dataSource.query('CREATE TABLE effect (topic text NOT NULL, name text NOT NULL)');
    const group = `group-${randomUUID()}`;
    const options: BlockingServiceOptions = {
      databaseUrl: database.url,
      broker: broker.address,
      group,
      event: testEvent.name,
      topic: testEvent.topic.name,
      endAfterMs: 2_000,
    };
    const [poison] = await publisher.publish(testEvent, { key: 'poison', n: 1 }, { key: 'good', n: 1 });

    const deaths: string[] = [];
    const isSettled = async (): Promise<boolean> => {
      const letters: unknown[] = await dataSource.query('SELECT 1 FROM dead_letter WHERE consumer_group = $1', [group]);
      const effects: unknown[] = await dataSource.query(`SELECT 1 FROM effect WHERE name = 'good'`);
      return letters.length > 0 && effects.length > 0;
    };
    const supervise = async (): Promise<void> => {
      // As whatever runs services does: one that ends is started again.
      for (;;) {
        child = spawn(process.execPath, [PROGRAM, JSON.stringify(options)], { stdio: ['ignore', 'ignore', 'pipe'] });
        const output = text(child.stderr!);
        const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
        if (ended) return;
        deaths.push(`${await output}${JSON.stringify({ signal })}`);
      }
    };
    let ended = false;
    const supervised = supervise();
    await expect.poll(isSettled, { timeout: LIVES_MS, interval: 500 }).toBe(true);
    ended = true;
    child?.kill('SIGKILL');
    await supervised;

    expect(deaths).toHaveLength(POISON_STARTS_MAX + 1);
    for (const stderr of deaths) {
      const [blocked, end, exit] = stderr.split('\n').map((line) => JSON.parse(line) as object);
      // Others may have been waiting for the database in that moment.
      expect(blocked).toMatchObject({
        msg: 'event loop blocked',
        running: expect.arrayContaining([expect.stringContaining(poison!)]),
      });
      expect(end).toMatchObject({ msg: 'event loop blocked, the process ends' });
      expect(exit).toEqual({ signal: 'SIGKILL' });
    }
    const letters = await dataSource.query('SELECT reason, event_id FROM dead_letter WHERE consumer_group = $1', [
      group,
    ]);
    expect(letters).toEqual([{ reason: 'poison', event_id: poison }]);
    const effects = await dataSource.query('SELECT name FROM effect');
    expect(effects).toEqual([{ name: 'good' }]);
    await publisher.stop();
  },
  LIVES_MS + 10_000,
);
