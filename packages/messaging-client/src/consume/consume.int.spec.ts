import { Controller } from '@nestjs/common';
import { Kafka, logLevel } from 'kafkajs';
import type { Message } from 'kafkajs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase } from '../../../../tools/test/create-test-database.ts';
import type { TestDatabase } from '../../../../tools/test/create-test-database.ts';
import { startTestBroker } from '../../test/start-broker.ts';
import type { TestBroker } from '../../test/start-broker.ts';
import { newTestEvent, startTestService, until } from '../../test/start-test-service.ts';
import type { Said, TestService } from '../../test/start-test-service.ts';
import { PermanentError, TransientError } from '../errors.ts';
import type { EventDefinition } from '../event-definition.ts';
import { OnEvent } from './on-event.decorator.ts';
import type { GivingUp } from './on-event.decorator.ts';
import type { Confirmed, OutsideContext, TransactionContext } from './record-context.ts';

let database: TestDatabase;
let broker: TestBroker;
let said: EventDefinition<Said>;
const services: TestService[] = [];

beforeEach(async () => {
  said = newTestEvent();
  [database, broker] = await Promise.all([createTestDatabase(), startTestBroker()]);
});
afterEach(async () => {
  for (const service of services.splice(0)) await service.stop();
  await broker.close();
  await database.drop();
});

type Handle = (payload: Said, context: TransactionContext) => Promise<void>;
type HandleOutside = (payload: Said, context: OutsideContext) => Promise<Confirmed>;

async function start(handle: Handle, options?: GivingUp): Promise<TestService> {
  @Controller()
  class Listener {
    @OnEvent(said, options)
    async listen(payload: Said, context: TransactionContext): Promise<void> {
      await handle(payload, context);
    }
  }
  return startWith(Listener);
}

async function startOutside(whenAmbiguous: 'resend' | 'hold', handle: HandleOutside): Promise<TestService> {
  @Controller()
  class Listener {
    @OnEvent(said, { effect: 'outside', whenAmbiguous })
    async listen(payload: Said, context: OutsideContext): Promise<Confirmed> {
      return handle(payload, context);
    }
  }
  return startWith(Listener);
}

async function startWith(controller: new () => unknown): Promise<TestService> {
  const service = await startTestService({
    databaseUrl: database.url,
    broker: broker.address,
    publishes: [said],
    controllers: [controller],
  });
  services.push(service);
  return service;
}

/** Writes to the topic as anybody could, past the outbox. */
async function produce(...messages: Message[]): Promise<void> {
  const kafka = new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING });
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic: said.topic.name, messages });
  await producer.disconnect();
}

function record(id: string, payload: Said): Message {
  return {
    key: payload.key,
    value: JSON.stringify(payload),
    headers: {
      ce_specversion: '1.0',
      ce_id: id,
      ce_source: 'test',
      ce_type: said.name,
      ce_dataschema: `urn:event:${said.name}:v1`,
    },
  };
}

async function handled(service: TestService, count: number): Promise<void> {
  let seen = 0;
  await new Promise<void>((resolve) => {
    service.events.on('record.handled', () => (seen += 1) === count && resolve());
  });
}

describe('a handler with effects in the database', () => {
  it('hears what was said, in the order of each key', async () => {
    const seen: Said[] = [];
    const service = await start(async (payload) => void seen.push(payload));
    const all = handled(service, 30);
    for (let n = 0; n < 10; n += 1) {
      await service.say(said, { key: 'a', n }, { key: 'b', n }, { key: 'c', n });
    }
    await all;
    for (const key of ['a', 'b', 'c']) {
      expect(seen.filter((one) => one.key === key).map(({ n }) => n)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }
  });

  it('acts once on a record that is delivered twice', async () => {
    let calls = 0;
    const service = await start(async () => void (calls += 1));
    const all = handled(service, 2);
    await produce(record('same-id', { key: 'a', n: 1 }), record('same-id', { key: 'a', n: 1 }));
    await all;
    expect(calls).toBe(1);
  });

  it('is tried again after a failure, which leaves nothing behind, and later records of its key wait for it', async () => {
    const seen: string[] = [];
    const service = await start(async ({ key, n }, { attempt, manager }) => {
      seen.push(`${key}${n} try ${attempt}`);
      await manager.query(`INSERT INTO effect VALUES ($1)`, [`${key}${n}`]);
      if (key === 'a' && n === 1 && attempt < 3) throw new Error('not yet');
    });
    await service.dataSource.query('CREATE TABLE effect (said text)');
    const all = handled(service, 3);
    await service.say(said, { key: 'a', n: 1 }, { key: 'a', n: 2 }, { key: 'b', n: 1 });
    await all;
    expect(seen.filter((line) => line.startsWith('a'))).toEqual(['a1 try 1', 'a1 try 2', 'a1 try 3', 'a2 try 1']);
    expect(seen.indexOf('b1 try 1')).toBeLessThan(seen.indexOf('a1 try 3'));
    const effects = await service.dataSource.query('SELECT said FROM effect ORDER BY said');
    expect(effects.map((row: { said: string }) => row.said)).toEqual(['a1', 'a2', 'b1']);
  });

  it('commits no offset past a record that is not finished', async () => {
    const held = Promise.withResolvers<void>();
    const service = await start(async ({ key }) => (key === 'slow' ? held.promise : undefined));
    const committed: bigint[] = [];
    service.events.on('consumer.committed', ({ offset }) => committed.push(BigInt(offset)));
    const first = handled(service, 5);
    await produce(
      { ...record('slow', { key: 'slow', n: 0 }), partition: 0 },
      ...[1, 2, 3, 4, 5].map((n) => ({ ...record(`quick${n}`, { key: `quick${n}`, n }), partition: 0 })),
    );
    await first;
    expect(committed).toEqual([]);
    const done = new Promise((resolve) =>
      service.events.on('consumer.committed', ({ offset }) => offset === '6' && resolve(offset)),
    );
    held.resolve();
    expect(await done).toBe('6');
  });
});

describe('records that cannot be handled', () => {
  const wellFormed = (): Message => record('1', { key: 'x', n: 1 });
  const kinds: Array<[string, () => Message, string]> = [
    ['bytes that are no event', () => ({ key: 'x', value: Buffer.from([0, 255, 1]) }), 'undecodable'],
    ['an event whose value is not JSON', () => ({ ...wellFormed(), value: 'not json' }), 'undecodable'],
    ['no value at all', () => ({ ...wellFormed(), value: null }), 'undecodable'],
    ['a payload with a wrong field', () => ({ ...wellFormed(), value: '{"key":"x","n":"one"}' }), 'invalid'],
    [
      'a version that is not known',
      () => ({ ...wellFormed(), headers: { ...wellFormed().headers, ce_dataschema: 'urn:event:thing.said:v9' } }),
      'invalid',
    ],
  ];

  it.each(kinds)('%s: set aside with their bytes, and the next record is handled', async (_, make, reason) => {
    const garbage = make();
    const service = await start(async () => undefined, { whenGivenUp: 'skip' });
    const next = handled(service, 1);
    await produce(garbage, record('next', { key: 'x', n: 2 }));
    await next;
    const [letter] = await service.deadLetters.list(10);
    expect(letter).toMatchObject({ topic: said.topic.name, reason, key: Buffer.from('x').toString('base64') });
    expect(letter!.value).toBe(garbage.value === null ? null : Buffer.from(garbage.value).toString('base64'));
    expect(service.consumer.health()).toMatchObject({ ready: true });
  });

  it('become a dead letter when the handler gives up, together with what it has to say about that', async () => {
    const service = await start(
      async ({ n }) => {
        if (n === 1) {
          throw new PermanentError('mailbox unavailable', {
            record: async (manager) => void (await manager.query(`INSERT INTO effect VALUES ('rejected')`)),
          });
        }
      },
      { whenGivenUp: 'skip' },
    );
    await service.dataSource.query('CREATE TABLE effect (said text)');
    const next = handled(service, 1);
    await service.say(said, { key: 'a', n: 1 }, { key: 'a', n: 2 });
    await next;
    const letters = await service.deadLetters.list(10);
    expect(letters).toMatchObject([{ reason: 'permanent', error: 'mailbox unavailable', event: said.name }]);
    expect(await service.dataSource.query('SELECT * FROM effect')).toEqual([{ said: 'rejected' }]);
  });
});

describe('a handler with an outside effect', () => {
  it('claims, acts, confirms; a repetition acts no more', async () => {
    let acted = 0;
    const service = await startOutside('resend', async (_, context) => {
      const claim = await context.claim();
      acted += 1;
      return claim.confirm();
    });
    const both = handled(service, 2);
    await produce(record('same', { key: 'a', n: 1 }), record('same', { key: 'a', n: 1 }));
    await both;
    expect(acted).toBe(1);
  });

  it('acts once on an event that comes twice at the same time, under different keys', async () => {
    let acted = 0;
    const waits = Promise.withResolvers<void>();
    const service = await startOutside('resend', async (_, context) => {
      const claim = await context.claim();
      acted += 1;
      await waits.promise;
      return claim.confirm();
    });
    service.events.once('record.retry', () => waits.resolve());
    const both = handled(service, 2);
    await produce(record('same', { key: 'a', n: 1 }), record('same', { key: 'b', n: 1 }));
    await both;
    expect(acted).toBe(1);
  });

  it('is not ambiguous after a failure that certainly did nothing', async () => {
    const claims: boolean[] = [];
    const service = await startOutside('hold', async (_, context) => {
      const claim = await context.claim();
      claims.push(claim.ambiguous);
      if (claim.attempt === 1) throw new TransientError('connection refused');
      return claim.confirm();
    });
    const all = handled(service, 1);
    await service.say(said, { key: 'a', n: 1 });
    await all;
    expect(claims).toEqual([false, false]);
  });

  it('acts again, knowing that it is ambiguous, after a failure of unknown outcome', async () => {
    const claims: boolean[] = [];
    const service = await startOutside('resend', async (_, context) => {
      const claim = await context.claim();
      claims.push(claim.ambiguous);
      if (claim.attempt === 1) throw new Error('the connection broke after DATA');
      return claim.confirm();
    });
    const all = handled(service, 1);
    await service.say(said, { key: 'a', n: 1 });
    await all;
    expect(claims).toEqual([false, true]);
  });

  it('becomes a dead letter instead, where the policy is to hold', async () => {
    const service = await startOutside('hold', async (_, context) => {
      await context.claim();
      throw new Error('the connection broke after DATA');
    });
    const dead = new Promise((resolve) => service.events.once('record.dead', resolve));
    await service.say(said, { key: 'a', n: 1 });
    await dead;
    expect(await service.deadLetters.list(1)).toMatchObject([{ reason: 'permanent', attempts: 2 }]);
  });

  it('waits for a claim of a living instance, and takes over the claim of one that is gone', async () => {
    const claims: boolean[] = [];
    const service = await startOutside('resend', async (_, context) => {
      const claim = await context.claim();
      claims.push(claim.ambiguous);
      return claim.confirm();
    });
    const other = service.dataSource.createQueryRunner();
    const livingId = 4711;
    await other.query('SELECT pg_advisory_lock($1, $2)', [0x6275_7301, livingId]);
    await other.query(
      `INSERT INTO inbox_message (handler, event_id, state, claimed_by, topic, "partition", "offset")
       VALUES ($1, 'mine', 'claimed', $2, 'x', 0, 0)`,
      [said.name, livingId],
    );
    const waits = new Promise<Error>((resolve) => service.events.once('record.retry', ({ error }) => resolve(error)));
    const all = handled(service, 1);
    await produce(record('mine', { key: 'a', n: 1 }));
    expect(await waits).toMatchObject({ code: 'CLAIM_HELD_ELSEWHERE' });
    await other.query('SELECT pg_advisory_unlock($1, $2)', [0x6275_7301, livingId]);
    await other.release();
    await all;
    expect(claims).toEqual([true]);
  });
});

describe('the consumer', () => {
  it.skipIf(process.env['KAFKA_BOOTSTRAP'] !== undefined)(
    'says that it is not ready while the broker is away, and goes on by itself when it is back',
    async () => {
      const seen: number[] = [];
      const service = await start(async ({ n }) => void seen.push(n));
      const first = handled(service, 1);
      await service.say(said, { key: 'a', n: 1 });
      await first;
      await broker.stop();
      await until(service.events, ['consumer.state'], () => !service.consumer.health().ready);
      await service.say(said, { key: 'a', n: 2 });
      await broker.start();
      await until(service.events, ['consumer.state'], () => service.consumer.health().ready);
      await until(service.events, ['record.handled'], () => seen.length === 2);
      expect(seen).toEqual([1, 2]);
    },
  );

  it('shares the work with a second instance: every record once, in the order of its key', async () => {
    const seen: Said[] = [];
    const [first, second] = [
      await start(async (payload) => void seen.push(payload)),
      await start(async (payload) => void seen.push(payload)),
    ];
    const all = new Promise<void>((resolve) => {
      const look = (): void => void (seen.length >= 60 && resolve());
      first.events.on('record.handled', look);
      second.events.on('record.handled', look);
    });
    for (let n = 0; n < 10; n += 1) {
      await first.say(said, ...['a', 'b', 'c', 'd', 'e', 'f'].map((key) => ({ key, n })));
    }
    await all;
    expect(seen).toHaveLength(60);
    for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) {
      expect(seen.filter((one) => one.key === key).map(({ n }) => n)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }
  });
});
