import { randomUUID } from 'node:crypto';
import { createTestDatabase } from '@event-bus/test-kit';
import type { TestDatabase } from '@event-bus/test-kit';
import { Controller } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startTestBroker } from '../../test/start-broker.ts';
import type { TestBroker } from '../../test/start-broker.ts';
import { newTestEvent, startTestService, until } from '../../test/start-test-service.ts';
import type { TestPayload, TestService } from '../../test/start-test-service.ts';
import { OnEvent, OnEvents } from '../handler/on-event.decorator.ts';
import type { Confirmed, OutsideContext } from '../handler/record-context.ts';
import { PermanentError } from '../errors.ts';
import type { EventDefinition } from '../event-definition.ts';
import { messagingMigrations } from '../migrations.ts';
import { putGroupInInboxKey } from './inbox-group.ts';

let database: TestDatabase;
let broker: TestBroker;
const services: TestService[] = [];

beforeAll(async () => {
  [database, broker] = await Promise.all([createTestDatabase(), startTestBroker()]);
});
afterEach(async () => {
  await Promise.all(services.splice(0).map(async (service) => service.stop()));
});
afterAll(async () => {
  await broker.close();
  await database.drop();
});

async function start(testEvent: EventDefinition<TestPayload>, Listener?: new () => object): Promise<TestService> {
  const service = await startTestService({
    databaseUrl: database.url,
    broker: broker.address,
    service: `group-${randomUUID()}`,
    publishes: [testEvent],
    controllers: Listener === undefined ? [] : [Listener],
  });
  services.push(service);
  return service;
}

/** A listener of each kind of effect, which keeps what it hears. */
const LISTENERS = {
  database: (testEvent: EventDefinition<TestPayload>, heard: number[]) => {
    @Controller()
    class Listener {
      @OnEvent(testEvent)
      async listen({ n }: TestPayload): Promise<void> {
        heard.push(n);
      }
    }
    return Listener;
  },
  'database, in batches': (testEvent: EventDefinition<TestPayload>, heard: number[]) => {
    @Controller()
    class Listener {
      @OnEvents(testEvent, { max: 10, waitMs: 10 })
      async listen(all: TestPayload[]): Promise<void> {
        heard.push(...all.map(({ n }) => n));
      }
    }
    return Listener;
  },
  repeatable: (testEvent: EventDefinition<TestPayload>, heard: number[]) => {
    @Controller()
    class Listener {
      @OnEvent(testEvent, { effect: 'repeatable' })
      async listen({ n }: TestPayload): Promise<void> {
        heard.push(n);
      }
    }
    return Listener;
  },
  outside: (testEvent: EventDefinition<TestPayload>, heard: number[]) => {
    @Controller()
    class Listener {
      @OnEvent(testEvent, { effect: 'outside', whenAmbiguous: 'hold' })
      async listen({ n }: TestPayload, context: OutsideContext): Promise<Confirmed> {
        const claim = await context.claim();
        heard.push(n);
        return claim.confirm();
      }
    }
    return Listener;
  },
};

describe('two groups that share a database', () => {
  it.each(Object.entries(LISTENERS))('each handle every event, with an effect that is %s', async (_, listenerOf) => {
    const testEvent = newTestEvent();
    const heard: [number[], number[]] = [[], []];
    const both = [
      await start(testEvent, listenerOf(testEvent, heard[0])),
      await start(testEvent, listenerOf(testEvent, heard[1])),
    ];
    const numbers = Array.from({ length: 30 }, (_, n) => n);
    let outcomes = 0;
    for (const { events } of both) events.on('record.handled', () => (outcomes += 1));
    await both[0]!.publish(testEvent, ...numbers.map((n) => ({ key: `key ${n}`, n })));
    // A record that is skipped is an outcome as well.
    for (const { events } of both) await until(events, ['record.handled'], () => outcomes === 2 * numbers.length);
    for (const one of heard) expect(one.sort((a, b) => a - b)).toEqual(numbers);
  });

  it('resolve their own dead letters: what one redrives is open and closed for the other', async () => {
    const testEvent = newTestEvent();
    let fails = true;
    const tries: [number, number] = [0, 0];
    const failing = (which: 0 | 1): new () => object => {
      @Controller()
      class Listener {
        @OnEvent(testEvent, { whenGivenUp: 'skip' })
        async listen(): Promise<void> {
          tries[which] += 1;
          if (fails) throw new PermanentError('no');
        }
      }
      return Listener;
    };
    const [one, other] = [await start(testEvent, failing(0)), await start(testEvent, failing(1))];
    let dead = 0;
    for (const { events } of [one, other]) events.on('record.dead', () => (dead += 1));
    await one.publish(testEvent, { key: 'a', n: 1 });
    for (const { events } of [one, other]) await until(events, ['record.dead'], () => dead === 2);

    fails = false;
    expect((await one.deadLetters.redrive({ topic: testEvent.topic.name }, { by: 'test' })).resolved).toHaveLength(1);
    await until(one.events, ['record.handled'], () => tries[0] === 2);
    expect(await other.deadLetters.find({ topic: testEvent.topic.name })).toMatchObject([{ state: 'open' }]);
    expect(tries).toEqual([2, 1]);
  });
});

describe('an inbox from before there were groups in its key', () => {
  it('is carried over to the service that migrates it, whose name may hold a quote', async () => {
    const service = `it's-mine`;
    const old = await createTestDatabase();
    const all = messagingMigrations(service);
    const before = all.filter(({ name }) => !name.startsWith('PutGroupInInboxKey'));
    expect(before).toHaveLength(all.length - 1);
    const migrate = async (migrations: typeof all): Promise<DataSource> =>
      new DataSource({ type: 'postgres', url: old.url, migrations, migrationsRun: true }).initialize();
    const first = await migrate(before);
    await first.query(
      `INSERT INTO inbox_message (handler, event_id, state, topic, "partition", "offset")
       SELECT 'thing', n, 'done', 't', 0, n FROM generate_series(1, 3) AS n`,
    );
    await first.destroy();

    const migrated = await migrate(all);
    const rows = await migrated.query(
      'SELECT DISTINCT consumer_group, count(*)::integer FROM inbox_message GROUP BY 1',
    );
    expect(rows).toEqual([{ consumer_group: service, count: 3 }]);
    const runner = migrated.createQueryRunner();
    await new (putGroupInInboxKey(service))().down(runner);
    await runner.release();
    expect(await migrated.query('SELECT event_id FROM inbox_message ORDER BY 1')).toHaveLength(3);
    await migrated.destroy();
    await old.drop();
  });
});
