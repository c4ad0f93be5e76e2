import { once } from 'node:events';
import { Controller } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { until } from '../../test/start-test-service.ts';
import type { TestPayload, TestService } from '../../test/start-test-service.ts';
import { useBus } from '../../test/use-bus.ts';
import { HEADER } from '../envelope/cloud-event-headers.ts';
import { OnEvent } from '../handler/on-event.decorator.ts';
import { PermanentError, TransientError } from '../errors.ts';
import { PARKED_KEYS_REMEMBERED_MAX, PARKED_KEYS_WARNED, RECORDS_IN_FLIGHT_MAX } from '../limits.ts';

const HOUR_MS = 3_600_000;

// Of one partition, so that what is parked in it is all there is.
const bus = useBus(undefined, 1);
const { start, startWith, startPublisher, parkedRecords } = bus;

/** As if so many keys had been parked for so long, each due in an hour. */
async function park({ dataSource }: TestService, keys: number, ageMs: number): Promise<void> {
  await dataSource.query(
    `INSERT INTO parked_record (consumer_group, topic, "partition", "offset", recorded_at, key, value, headers, event_id, event,
                                attempts, failures, due_at, created_at)
     SELECT $1, $2, 0, -n, clock_timestamp(), convert_to('parked ' || n, 'UTF8'), '{}', '[]', 'parked ' || n, $3, 5, 0,
            clock_timestamp() + interval '1 hour', clock_timestamp() - $4::double precision * interval '1 millisecond'
       FROM generate_series(1, $5::integer) AS n`,
    [bus.group, bus.event.topic.name, bus.event.name, ageMs, keys],
  );
}

const keys = (count: number, name: string): TestPayload[] =>
  Array.from({ length: count }, (_, n) => ({ key: `${name} ${n}`, n }));

describe('with more keys parked than are remembered', () => {
  it('records that fail forever do not fill what may be in flight: a good key is handled', async () => {
    const publisher = await startPublisher();
    await park(publisher, PARKED_KEYS_REMEMBERED_MAX + 2_000, 0);
    // A fetch takes a few hundred of this size, so that those at the end are not fetched before there is room.
    const text = 'x'.repeat(1_000);
    const bad = keys(RECORDS_IN_FLIGHT_MAX + 1_000, 'bad').map((payload) => ({ ...payload, text }));
    await publisher.dataSource.transaction(async (manager) =>
      Promise.all(bad.map(async (payload) => publisher.outbox.append(manager, bus.event, payload))),
    );
    // Keys are published in no order, and the good one is to come last.
    await until(publisher.events, ['outbox.published'], async () => {
      const waiting: unknown[] = await publisher.dataSource.query(
        'SELECT 1 FROM outbox WHERE published_at IS NULL LIMIT 1',
      );
      return waiting.length === 0;
    });
    await publisher.publish(bus.event, { key: 'good', n: 1 });
    const handled = Promise.withResolvers<string>();
    // Repeatable, so that most of the work is that of parking.
    @Controller()
    class Handlers {
      @OnEvent(bus.event, { effect: 'repeatable' })
      async handle({ key }: TestPayload): Promise<void> {
        if (key !== 'good') throw new TransientError('unavailable');
        handled.resolve(key);
      }
    }
    await startWith(Handlers);
    expect(await handled.promise).toBe('good');
  }, 180_000);

  it('keys are looked up in the database: a record of a parked key waits behind it, and is handled after it', async () => {
    const publisher = await startPublisher();
    await park(publisher, PARKED_KEYS_REMEMBERED_MAX + 1, 0);
    const seen: string[] = [];
    let fixed = false;
    const running = await start(async ({ key, n }) => {
      if (key === 'a' && n === 1 && !fixed) throw new TransientError('unavailable');
      seen.push(`${key}${n}`);
    });
    await publisher.publish(bus.event, { key: 'a', n: 1 });
    await until(
      running.events,
      ['record.parked'],
      async () => (await parkedRecords(running)) === PARKED_KEYS_REMEMBERED_MAX + 2,
    );
    await publisher.publish(bus.event, { key: 'a', n: 2 }, { key: 'b', n: 1 });
    await until(running.events, ['record.handled'], () => seen.includes('b1'));
    await until(
      running.events,
      ['record.parked'],
      async () => (await parkedRecords(running)) === PARKED_KEYS_REMEMBERED_MAX + 3,
    );
    fixed = true;
    await until(running.events, ['record.handled'], () => seen.length === 3);
    expect(seen).toEqual(['b1', 'a1', 'a2']);
  });

  it('readiness warns: how many, and how many will soon have waited for too long', async () => {
    const publisher = await startPublisher();
    await park(publisher, PARKED_KEYS_WARNED, 0.9 * HOUR_MS);
    const running = await start(async () => undefined, { parkedAgeMaxMs: HOUR_MS });
    await until(running.events, ['parking.warning'], () => running.consumer.health().warnings.length > 0);
    expect(running.consumer.health().warnings).toEqual([
      `${PARKED_KEYS_WARNED} keys are parked`,
      `${PARKED_KEYS_WARNED} parked records have waited for over 80 % of the age at which they become dead letters`,
    ]);
  });
});

it('a key that waits at a record of a newer version is what readiness warns of', async () => {
  const running = await start(async () => undefined);
  const parked = once(running.events, 'record.parked');
  const { headers, ...record } = bus.record('event 1', { key: 'a', n: 1 });
  await bus.produce({ ...record, headers: { ...headers, [HEADER.dataSchema]: 'x:v2' } });
  await parked;
  await until(running.events, ['parking.warning'], () => running.consumer.health().warnings.length > 0);
  expect(running.consumer.health().warnings).toEqual([
    expect.stringMatching(
      /^1 keys wait at a record whose version this service does not know, the first for [\d.]+ s; after 3 d it becomes a dead letter$/,
    ),
  ]);
  expect(await bus.deadLetters(running)).toEqual([]);
}, 60_000);

describe('a record that waits for longer than its handler allows', () => {
  it('becomes a dead letter, though every attempt failed by an outage', async () => {
    const running = await start(
      async () => {
        throw new TransientError('the mail server is down');
      },
      { parkedAgeMaxMs: 500, whenGivenUp: 'skip' },
    );
    const dead = new Promise((resolve) => running.events.once('record.dead', resolve));
    const [id] = await running.publish(bus.event, { key: 'a', n: 1 });
    expect(await dead).toMatchObject({ reason: 'expired', eventId: id, error: { message: 'the mail server is down' } });
    expect(await running.deadLetters.find({ eventId: id! })).toMatchObject([{ reason: 'expired', state: 'open' }]);
    expect(await parkedRecords(running)).toBe(0);
  });

  it('becomes a dead letter behind one that holds its key, untried; both are redriven in their order', async () => {
    let fixed = false;
    const seen: number[] = [];
    const running = await start(
      async ({ n }) => {
        if (!fixed) throw new PermanentError('no');
        seen.push(n);
      },
      { parkedAgeMaxMs: 500 },
    );
    const reasons: string[] = [];
    running.events.on('record.dead', ({ reason }) => reasons.push(reason));
    await running.publish(bus.event, { key: 'a', n: 1 }, { key: 'a', n: 2 }, { key: 'a', n: 3 });
    await until(running.events, ['record.dead'], () => reasons.length === 3);
    expect(reasons).toEqual(['permanent', 'expired', 'expired']);
    fixed = true;
    await running.deadLetters.redrive({ topic: bus.event.topic.name }, { by: 'tester' });
    await until(running.events, ['record.handled'], () => seen.length === 3);
    expect(seen).toEqual([1, 2, 3]);
  }, 60_000);
});
