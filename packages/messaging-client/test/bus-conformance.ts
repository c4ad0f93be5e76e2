import { setTimeout as delay } from 'node:timers/promises';
import { until as bounded } from '@event-bus/test-kit/until';
import fc from 'fast-check';
import type { Message } from 'kafkajs';
import { Client } from 'pg';
import type { EntityManager } from 'typeorm';
import { describe, expect, it } from 'vitest';
import type { DatabaseOptions } from '../src/handler/on-event.decorator.ts';
import type { TransactionContext } from '../src/handler/record-context.ts';
import { deadTopicOf } from '../src/dead-topic.ts';
import type { DeadLetter } from '../src/dead-letters/dead-letter.ts';
import { findDeadLetters } from '../src/dead-letters/find-dead-letters.ts';
import { redriveDeadLetters } from '../src/dead-letters/resolve-dead-letters.ts';
import { PermanentError, TransientError } from '../src/errors.ts';
import { POISON_STARTS_MAX, QUICK_ATTEMPTS_MAX, REDRIVES_MAX } from '../src/limits.ts';
import { queryOf, queryOfClient } from '../src/database/query.ts';
import { rawKafka, readOne } from './raw-kafka.ts';
import type { Bus } from './start-bus.ts';
import { startTestService, until } from './start-test-service.ts';
import type { TestPayload, TestService } from './start-test-service.ts';
import { useBus } from './use-bus.ts';
import type { Handle } from './use-bus.ts';

/** What may be relied on, whatever broker and driver are below: each sentence is about behaviour that can be seen. */
export function describeBus(name: string, makeBus: () => Promise<Bus>): void {
  const bus = useBus(makeBus);
  const { start, startOutside, startBatches, stop, crash, produce, record } = bus;
  const { writeEffect, effects, deadLetters: lettersOf, parkedRecords, inboxRows } = bus;

  async function handled(service: TestService, count: number): Promise<void> {
    let seen = 0;
    await new Promise<void>((resolve) => {
      service.events.on('record.handled', () => (seen += 1) === count && resolve());
    });
  }

  describe(`the bus on ${name}`, () => {
    describe('a handler with effects in the database', () => {
      it('is called with what was published, in the order of each key', async () => {
        const seen: TestPayload[] = [];
        const service = await start(async (payload) => void seen.push(payload));
        const all = handled(service, 30);
        for (let n = 0; n < 10; n += 1) {
          await service.publish(bus.event, { key: 'a', n }, { key: 'b', n }, { key: 'c', n });
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
          seen.push(`${key}${n} attempt ${attempt}`);
          await writeEffect(manager, `${key}${n}`);
          if (key === 'a' && n === 1 && attempt < 3) throw new Error('not yet');
        });
        const all = handled(service, 3);
        await service.publish(bus.event, { key: 'a', n: 1 }, { key: 'a', n: 2 }, { key: 'b', n: 1 });
        await all;
        expect(seen.filter((line) => line.startsWith('a'))).toEqual([
          'a1 attempt 1',
          'a1 attempt 2',
          'a1 attempt 3',
          'a2 attempt 1',
        ]);
        expect(seen.indexOf('b1 attempt 1')).toBeLessThan(seen.indexOf('a1 attempt 3'));
        expect((await effects(service)).toSorted()).toEqual(['a1', 'a2', 'b1']);
      });

      it('fails when it hides that a statement failed, because nothing of its transaction would be kept', async () => {
        const service = await start(async ({ key, n }, { attempt, manager }) => {
          await writeEffect(manager, `${key}${n}`);
          if (attempt === 1) await manager.query('SELECT 1 / 0').catch(() => undefined);
        });
        const again = new Promise<Error>((resolve) =>
          service.events.once('record.retry', ({ error }) => resolve(error)),
        );
        const all = handled(service, 1);
        await service.publish(bus.event, { key: 'a', n: 1 });
        expect(await again).toMatchObject({ code: 'TRANSACTION_ABORTED' });
        await all;
        expect(await effects(service)).toEqual(['a1']);
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
        ['bytes that are not an event', () => ({ key: 'x', value: Buffer.from([0, 255, 1]) }), 'undecodable'],
        ['an event whose value is not JSON', () => ({ ...wellFormed(), value: 'not json' }), 'undecodable'],
        ['no value at all', () => ({ ...wellFormed(), value: null }), 'undecodable'],
        ['a payload with a wrong field', () => ({ ...wellFormed(), value: '{"key":"x","n":"one"}' }), 'invalid'],
        [
          'a version older than those that are known',
          () => ({
            ...wellFormed(),
            headers: { ...wellFormed().headers, ce_dataschema: 'urn:event:thing.happened:v0' },
          }),
          'unknown-version',
        ],
      ];

      it.each(kinds)('%s: set aside with their bytes, and the next record is handled', async (_, make, reason) => {
        const garbage = make();
        const service = await start(async () => undefined, { whenGivenUp: 'skip' });
        const next = handled(service, 1);
        await produce(garbage, record('next', { key: 'x', n: 2 }));
        await next;
        const [letter] = await lettersOf(service);
        expect(letter).toMatchObject({ topic: bus.event.topic.name, reason, key: Buffer.from('x').toString('base64') });
        expect(letter!.value).toBe(garbage.value === null ? null : Buffer.from(garbage.value).toString('base64'));
        expect(service.consumer.health()).toMatchObject({ ready: true });
      });

      it('become a dead letter when the handler gives up, together with what it records about that', async () => {
        const service = await start(
          async ({ n }) => {
            if (n === 1) {
              throw new PermanentError('mailbox unavailable', {
                record: async (manager) => writeEffect(manager, 'rejected'),
              });
            }
          },
          { whenGivenUp: 'skip' },
        );
        const next = handled(service, 1);
        await service.publish(bus.event, { key: 'a', n: 1 }, { key: 'a', n: 2 });
        await next;
        const letters = await lettersOf(service);
        expect(letters).toMatchObject([{ reason: 'permanent', error: 'mailbox unavailable', event: bus.event.name }]);
        expect(await effects(service)).toEqual(['rejected']);
      });
    });

    describe('a handler with an outside effect', () => {
      it('claims, acts, confirms; a repetition acts no more', async () => {
        let acted = 0;
        const service = await startOutside({ whenAmbiguous: 'resend' }, async (_, context) => {
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
        const service = await startOutside({ whenAmbiguous: 'resend' }, async (_, context) => {
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
        const service = await startOutside({ whenAmbiguous: 'hold' }, async (_, context) => {
          const claim = await context.claim();
          claims.push(claim.ambiguous);
          if (claim.attempt === 1) throw new TransientError('connection refused');
          return claim.confirm();
        });
        const all = handled(service, 1);
        await service.publish(bus.event, { key: 'a', n: 1 });
        await all;
        expect(claims).toEqual([false, false]);
      });

      it('acts again, knowing that it is ambiguous, after a failure of unknown outcome', async () => {
        const claims: boolean[] = [];
        const service = await startOutside({ whenAmbiguous: 'resend' }, async (_, context) => {
          const claim = await context.claim();
          claims.push(claim.ambiguous);
          if (claim.attempt === 1) throw new Error('the connection broke after DATA');
          return claim.confirm();
        });
        const all = handled(service, 1);
        await service.publish(bus.event, { key: 'a', n: 1 });
        await all;
        expect(claims).toEqual([false, true]);
      });

      it('becomes a dead letter instead, where the policy is to hold', async () => {
        const service = await startOutside({ whenAmbiguous: 'hold' }, async (_, context) => {
          await context.claim();
          throw new Error('the connection broke after DATA');
        });
        const dead = new Promise((resolve) => service.events.once('record.dead', resolve));
        await service.publish(bus.event, { key: 'a', n: 1 });
        await dead;
        expect(await lettersOf(service)).toMatchObject([{ reason: 'permanent', attempts: 1 }]);
      });

      it('waits for a claim of a living instance, and takes over the claim of one that has ended', async () => {
        const claims: boolean[] = [];
        const service = await startOutside({ whenAmbiguous: 'resend' }, async (_, context) => {
          const claim = await context.claim();
          claims.push(claim.ambiguous);
          return claim.confirm();
        });
        const other = service.dataSource.createQueryRunner();
        const livingId = 4711;
        await other.query('SELECT pg_advisory_lock($1, $2)', [0x6275_7301, livingId]);
        await other.query(
          `INSERT INTO inbox_message (consumer_group, handler, event_id, state, claimed_by, topic, "partition", "offset")
       VALUES ($3, $1, 'mine', 'claimed', $2, 'x', 0, 0)`,
          [bus.event.name, livingId, bus.group],
        );
        const waits = new Promise<Error>((resolve) =>
          service.events.once('record.retry', ({ error }) => resolve(error)),
        );
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
      it('reports records that were deleted before they were read, and handles what is left', async () => {
        const handle = async (payload: TestPayload): Promise<void> => void handledNumbers.push(payload.n);
        const handledNumbers: number[] = [];
        const first = await start(handle);
        const committed = new Promise((resolve) => first.events.once('consumer.committed', resolve));
        await first.publish(bus.event, { key: 'a', n: 1 });
        await committed;
        await stop(first);
        const partition = await produceAndDelete();

        const second = await start(handle);
        await until(second.events, ['record.handled'], () => handledNumbers.includes(4));
        const topic = bus.event.topic.name;
        expect(handledNumbers).toEqual([1, 4]);
        expect(second.consumer.health()).toMatchObject({
          ready: true,
          warnings: [
            expect.stringContaining(
              `${topic}/${partition}: 2 records were deleted before they were read, offsets 1 to 2`,
            ),
          ],
        });
      });

      /** Three records of the key behind the first, of which the first two are deleted. */
      async function produceAndDelete(): Promise<number> {
        const topic = bus.event.topic.name;
        await produce(...[2, 3, 4].map((n) => record(`record ${n}`, { key: 'a', n })));
        const admin = rawKafka(bus.broker.address).admin();
        await admin.connect();
        const offsets = await admin.fetchTopicOffsets(topic);
        const { partition } = offsets.find(({ high }) => high === '4')!;
        await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: '3' }] });
        await admin.disconnect();
        return partition;
      }

      it.skipIf(process.env['KAFKA_BOOTSTRAP'] !== undefined)(
        'is not ready while the broker is unavailable, and goes on by itself when it is back',
        async () => {
          const seen: number[] = [];
          const service = await start(async ({ n }) => void seen.push(n));
          const first = handled(service, 1);
          await service.publish(bus.event, { key: 'a', n: 1 });
          await first;
          await bus.broker.stop();
          await until(service.events, ['consumer.state'], () => !service.consumer.health().ready);
          await service.publish(bus.event, { key: 'a', n: 2 });
          await bus.broker.start();
          await until(service.events, ['consumer.state'], () => service.consumer.health().ready);
          await until(service.events, ['record.handled'], () => seen.length === 2);
          expect(seen).toEqual([1, 2]);
        },
      );

      it('shares the work with a second instance: every record once, in the order of its key', async () => {
        const seen: TestPayload[] = [];
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
          await first.publish(bus.event, ...['a', 'b', 'c', 'd', 'e', 'f'].map((key) => ({ key, n })));
        }
        await all;
        expect(seen).toHaveLength(60);
        for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) {
          expect(seen.filter((one) => one.key === key).map(({ n }) => n)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        }
      });
    });

    describe('a record that fails', () => {
      it('is parked after a few quick attempts, and then delays neither other keys nor the watermark', async () => {
        let fixed = false;
        const service = await start(async ({ key, n }, { manager }) => {
          if (key === 'a' && n === 1 && !fixed) throw new TransientError('the shop is closed');
          await writeEffect(manager, `${key}${n}`);
        });
        const committed: number[] = [];
        service.events.on('consumer.committed', ({ offset }) => committed.push(Number(offset)));
        await produce(
          ...[1, 2, 3].flatMap((n) => ['a', 'b'].map((key) => ({ ...record(`${key}${n}`, { key, n }), partition: 0 }))),
        );
        await until(service.events, ['consumer.committed'], () => committed.includes(6));
        expect(await effects(service)).toEqual(['b1', 'b2', 'b3']);
        expect(await parkedRecords(service)).toBe(3);
        fixed = true;
        await until(service.events, ['record.handled'], async () => (await effects(service)).length === 6);
        expect(await effects(service)).toEqual(['b1', 'b2', 'b3', 'a1', 'a2', 'a3']);
        expect(await parkedRecords(service)).toBe(0);
      });

      it('waits for as long as something is unavailable, whatever number of attempts is allowed', async () => {
        let attempts = 0;
        const service = await start(
          async (_, { attempt }) => {
            attempts = attempt;
            throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
          },
          { attemptsMax: 1 },
        );
        await service.publish(bus.event, { key: 'a', n: 1 });
        await until(service.events, ['record.parked'], () => attempts > 5);
        expect(await lettersOf(service)).toEqual([]);
      });

      it('keeps its place, and its key its order, when the service stops and another instance starts', async () => {
        let fixed = false;
        const handle: Handle = async ({ key, n }, { manager }) => {
          if (n === 1 && !fixed) throw new Error('not yet');
          await writeEffect(manager, `${key}${n}`);
        };
        const first = await start(handle);
        await first.publish(bus.event, { key: 'a', n: 1 }, { key: 'a', n: 2 });
        await until(first.events, ['record.parked'], async () => (await parkedRecords(first)) === 2);
        await stop(first);
        const second = await start(handle);
        const parked = new Promise((resolve) => second.events.once('record.parked', resolve));
        await second.publish(bus.event, { key: 'a', n: 3 });
        await parked;
        fixed = true;
        await until(second.events, ['record.handled'], async () => (await effects(second)).length === 3);
        expect(await effects(second)).toEqual(['a1', 'a2', 'a3']);
      });

      it('becomes a dead letter after the number of attempts that its handler allows', async () => {
        const service = await start(
          async () => {
            throw new Error('a bug');
          },
          { attemptsMax: 5 },
        );
        const dead = new Promise((resolve) => service.events.once('record.dead', resolve));
        await service.publish(bus.event, { key: 'a', n: 1 });
        await dead;
        expect(await lettersOf(service)).toMatchObject([
          { reason: 'exhausted', attempts: 5, error: 'a bug', state: 'open', policy: 'hold' },
        ]);
        expect(await parkedRecords(service)).toBe(0);
      });
    });

    describe('the key of a record that is given up', () => {
      const failing =
        (fixed: () => boolean): Handle =>
        async ({ key, n }, { manager }) => {
          if (n === 1 && !fixed()) throw new PermanentError('no');
          await writeEffect(manager, `${key}${n}`);
        };

      it('is held: later records wait, also over a restart, until it is redriven, and are handled in order', async () => {
        let fixed = false;
        const handle = failing(() => fixed);
        const first = await start(handle);
        await first.publish(bus.event, { key: 'a', n: 1 }, { key: 'a', n: 2 }, { key: 'b', n: 2 });
        await until(first.events, ['record.parked', 'record.handled'], async () => (await effects(first)).length === 1);
        await stop(first);
        const service = await start(handle);
        await service.publish(bus.event, { key: 'a', n: 3 });
        await until(service.events, ['record.parked'], async () => (await parkedRecords(service)) === 2);
        expect(await effects(service)).toEqual(['b2']);

        const [letter] = await lettersOf(service);
        fixed = true;
        const redriven = await service.deadLetters.redrive({ ids: [letter!.id] }, { by: 'tester' });
        expect(redriven).toEqual({ resolved: [letter!.id], refused: [], batches: [], next: undefined });
        await until(service.events, ['record.handled'], async () => (await effects(service)).length === 4);
        expect(await effects(service)).toEqual(['b2', 'a1', 'a2', 'a3']);
        expect(await lettersOf(service)).toMatchObject([{ state: 'redriven', redrives: 1, resolvedBy: 'tester' }]);
        const handledAtOnce = handled(service, 1);
        await service.publish(bus.event, { key: 'a', n: 4 });
        await handledAtOnce;
      });

      it('goes on without it when it is dropped', async () => {
        const service = await start(failing(() => false));
        await service.publish(bus.event, { key: 'a', n: 1 }, { key: 'a', n: 2 });
        await until(service.events, ['record.parked'], async () => (await parkedRecords(service)) === 1);
        await service.deadLetters.drop({ key: 'a', topic: bus.event.topic.name }, { by: 'tester' });
        await until(service.events, ['record.handled'], async () => (await effects(service)).length === 1);
        expect(await lettersOf(service)).toMatchObject([{ state: 'dropped', resolvedBy: 'tester' }]);
      });

      it('goes on at once where the handler says skip, and a redrive comes later than the rest', async () => {
        let fixed = false;
        const service = await start(
          failing(() => fixed),
          { whenGivenUp: 'skip' },
        );
        await service.publish(bus.event, { key: 'a', n: 1 }, { key: 'a', n: 2 });
        await until(service.events, ['record.handled'], async () => (await effects(service)).length === 1);
        fixed = true;
        await service.deadLetters.redrive({ topic: bus.event.topic.name }, { by: 'tester' });
        await until(service.events, ['record.handled'], async () => (await effects(service)).length === 2);
        expect(await effects(service)).toEqual(['a2', 'a1']);
      });
    });

    describe('dead letters', () => {
      it('are announced on a topic of their own, with the original bytes', async () => {
        const service = await start(async () => {
          throw new PermanentError('mailbox unavailable');
        });
        const dead = new Promise((resolve) => service.events.once('record.dead', resolve));
        await service.publish(bus.event, { key: 'a', n: 1 });
        await dead;
        const announced = await readOne(bus.broker.address, deadTopicOf(bus.event.topic.name, bus.group).name);
        const [letter] = await lettersOf(service);
        expect(announced.headers!['ce_type']!.toString()).toBe('record.dead-lettered');
        expect(announced.key!.toString()).toBe('a');
        expect(JSON.parse(announced.value!.toString())).toMatchObject({
          deadLetterId: letter!.id,
          group: bus.group,
          topic: bus.event.topic.name,
          value: Buffer.from('{"key":"a","n":1}').toString('base64'),
          reason: 'permanent',
          error: 'mailbox unavailable',
          keyIsHeld: true,
        });
      });

      it('are redriven by a tool that has the database alone: counted first, edited, on record, and not for ever', async () => {
        const seen: number[] = [];
        const service = await start(async ({ n }) => {
          seen.push(n);
          throw new PermanentError('no');
        });
        const died = async (): Promise<unknown> =>
          new Promise((resolve) => service.events.once('record.dead', resolve));
        let dead = died();
        await service.publish(bus.event, { key: 'a', n: 1 });
        await dead;
        const [{ id }] = (await lettersOf(service)) as [DeadLetter];
        expect(await service.deadLetters.count({ topic: bus.event.topic.name })).toMatchObject([
          { reason: 'permanent', letters: 1 },
        ]);

        const client = new Client({ connectionString: bus.databaseUrl });
        await client.connect();
        const redrive = async (options: object): Promise<unknown> => {
          await client.query('BEGIN');
          const result = await redriveDeadLetters(queryOfClient(client), { ids: [id] }, { by: 'operator', ...options });
          await client.query('COMMIT');
          return result;
        };
        expect(await redrive({ dryRun: true })).toMatchObject({ resolved: [id] });
        expect(seen).toEqual([1]);
        for (let n = 0; n < REDRIVES_MAX; n += 1) {
          dead = died();
          expect(await redrive(n === 0 ? { edit: Buffer.from('{"key":"a","n":7}') } : {})).toMatchObject({
            resolved: [id],
          });
          await dead;
        }
        expect(await redrive({})).toMatchObject({ resolved: [], refused: [id] });
        // The edit stays until there is another; the original stays as it came.
        expect(seen).toEqual([1, 7, 7, 7, 7, 7]);
        const [letter] = await lettersOf(service);
        expect(letter).toMatchObject({ state: 'open', redrives: REDRIVES_MAX });
        expect(Buffer.from(letter!.value!, 'base64').toString()).toBe('{"key":"a","n":1}');
        const { rows } = await client.query('SELECT action, by_whom FROM dead_letter_audit WHERE dead_letter_id = $1', [
          id,
        ]);
        expect(rows).toEqual(Array.from({ length: REDRIVES_MAX }, () => ({ action: 'redrive', by_whom: 'operator' })));
        await expect(
          redriveDeadLetters(queryOfClient(client), { ids: [] }, { by: 'x', edit: Buffer.of(1) }),
        ).rejects.toMatchObject({ code: 'EDIT_NEEDS_ONE_LETTER' });
        await client.end();
      });

      it('whose effect may have happened are ambiguous when they are redriven, and act although the policy is to hold', async () => {
        const claims: boolean[] = [];
        const service = await startOutside({ whenAmbiguous: 'hold' }, async (_, context) => {
          const claim = await context.claim();
          claims.push(claim.ambiguous);
          if (claims.length === 1) throw new Error('the connection broke after DATA');
          return claim.confirm();
        });
        const dead = new Promise((resolve) => service.events.once('record.dead', resolve));
        await service.publish(bus.event, { key: 'a', n: 1 });
        await dead;
        const all = handled(service, 1);
        await service.deadLetters.redrive({ topic: bus.event.topic.name }, { by: 'tester' });
        await all;
        expect(claims).toEqual([false, true]);
      });
    });

    describe('a record that ends its process', () => {
      it('is caught after a few crashes, those in flight beside it are handled, and other keys go on', async () => {
        let crashes = 0;
        let slowRuns = 0;
        let crashed = Promise.withResolvers<void>();
        const handle: Handle = async ({ key, n }, { manager }) => {
          await writeEffect(manager, `${key}${n}`);
          if (key === 'poison') {
            crashes += 1;
            crashed.resolve();
            await new Promise(() => undefined);
          }
          // Running at the first crash, like the poison, and innocent.
          if (key === 'slow' && (slowRuns += 1) === 1) await new Promise(() => undefined);
        };
        let current = await start(handle);
        await produce(
          { ...record('slow', { key: 'slow', n: 1 }), partition: 0 },
          { ...record('poison', { key: 'poison', n: 1 }), partition: 0 },
          { ...record('other', { key: 'other', n: 1 }), partition: 0 },
        );
        for (let n = 0; n <= POISON_STARTS_MAX; n += 1) {
          await crashed.promise;
          crashed = Promise.withResolvers<void>();
          await crash(current);
          current = await start(handle);
        }
        await until(current.events, ['record.dead'], async () => (await lettersOf(current)).length === 1);
        expect(crashes).toBe(POISON_STARTS_MAX + 1);
        expect(await lettersOf(current)).toMatchObject([
          { reason: 'poison', attempts: POISON_STARTS_MAX, policy: 'hold' },
        ]);
        await until(current.events, ['record.handled'], async () => (await effects(current)).length === 2);
        expect((await effects(current)).toSorted()).toEqual(['other1', 'slow1']);
      });
    });

    describe('a handler of batches', () => {
      const write = async (payloads: TestPayload[], contexts: TransactionContext[]): Promise<void> => {
        for (const { key, n } of payloads) await writeEffect(contexts[0]!.manager, `${key}${n}`);
      };

      it('gets many at once, each key in its order, and none twice', async () => {
        const sizes: number[] = [];
        const service = await startBatches({ max: 50, waitMs: 100 }, async (payloads, contexts) => {
          sizes.push(payloads.length);
          expect(contexts.map(({ key }) => key)).toEqual(payloads.map(({ key }) => key));
          await write(payloads, contexts);
        });
        const numbers = Array.from({ length: 40 }, (_, n) => n);
        const all = handled(service, 122);
        await produce(
          ...numbers.flatMap((n) => ['a', 'b', 'c'].map((key) => record(`${key}${n}`, { key, n }))),
          record('a0', { key: 'a', n: 0 }),
          record('b0', { key: 'b', n: 0 }),
        );
        await all;
        const happened = await effects(service);
        for (const key of ['a', 'b', 'c']) {
          expect(happened.filter((name) => name.startsWith(key))).toEqual(numbers.map((n) => `${key}${n}`));
        }
        expect(Math.max(...sizes)).toBeGreaterThan(20);
        expect(Math.max(...sizes)).toBeLessThanOrEqual(50);
      });

      it('handles the others when one fails, which is parked with its key; garbage is recognised', async () => {
        let fixed = false;
        const service = await startBatches({ max: 50, waitMs: 50, whenGivenUp: 'skip' }, async (payloads, contexts) => {
          if (!fixed && payloads.some(({ key, n }) => key === 'b' && n === 1)) throw new Error('not b1');
          await write(payloads, contexts);
        });
        await produce(
          ...[0, 1, 2].flatMap((n) => ['a', 'b', 'c'].map((key) => record(`${key}${n}`, { key, n }))),
          { ...record('garbage', { key: 'a', n: 9 }), value: '{}' },
          record('a3', { key: 'a', n: 3 }),
        );
        await until(
          service.events,
          ['record.parked', 'record.handled'],
          async () => (await parkedRecords(service)) >= 2,
        );
        await until(service.events, ['record.handled'], async () => (await effects(service)).length === 8);
        // A producer that is not idempotent may write a record twice.
        const letters = (await lettersOf(service)).map(({ reason, eventId }) => `${reason} ${eventId}`);
        expect(new Set(letters)).toEqual(new Set(['invalid garbage']));
        fixed = true;
        await until(service.events, ['record.handled'], async () => (await effects(service)).length === 10);
        const happened = await effects(service);
        for (const [key, last] of [
          ['a', 3],
          ['b', 2],
          ['c', 2],
        ] as const) {
          expect(happened.filter((name) => name.startsWith(key))).toEqual(
            Array.from({ length: last + 1 }, (_, n) => `${key}${n}`),
          );
        }
      });
    });

    describe.each<[string, DatabaseOptions]>([
      ['one after the other', {}],
      ['at the same time, with shareTransaction', { shareTransaction: true }],
    ])('records that wait for a transaction and share one, %s', (_, options) => {
      const keys = Array.from({ length: 24 }, (_, n) => `key ${n}.`);
      const numbers = [0, 1, 2, 3, 4];
      const produceAll = async (): Promise<void> =>
        produce(...numbers.flatMap((n) => keys.map((key) => record(`${key}${n}`, { key, n }))));

      async function handledOnceInOrder(service: TestService): Promise<void> {
        const count = keys.length * numbers.length;
        await until(service.events, ['record.handled'], async () => (await effects(service)).length >= count);
        const happened = await effects(service);
        for (const key of keys) {
          expect(happened.filter((name) => name.startsWith(key))).toEqual(numbers.map((n) => `${key}${n}`));
        }
        expect(happened).toHaveLength(count);
        expect(await inboxRows(service)).toBe(count);
      }

      it('are each handled once and in the order of their key, while some fail and some are slow', async () => {
        const service = await start(async ({ key, n }, { attempt, manager }) => {
          await writeEffect(manager, `${key}${n}`);
          const lane = keys.indexOf(key);
          if (lane % 3 === 0) await delay(2);
          // A blip in some lanes, and in some until it is parked; by the handler, and by a statement of it.
          if (lane % 5 === 1 && n === 1 && attempt === 1) throw new Error('not yet');
          if (lane % 7 === 2 && n === 2 && attempt <= QUICK_ATTEMPTS_MAX) await manager.query('SELECT 1 / 0');
        }, options);
        const parked = new Set<string>();
        service.events.on('record.parked', ({ eventId, error }) => void (error && parked.add(eventId!)));
        await produceAll();
        await handledOnceInOrder(service);
        expect(parked).toEqual(new Set(keys.filter((_, lane) => lane % 7 === 2).map((key) => `${key}2`)));
        const [{ transactions }] = await service.dataSource.query(
          `SELECT count(DISTINCT xmin::text)::integer AS transactions FROM effect WHERE topic = $1`,
          [bus.event.topic.name],
        );
        expect(transactions).toBeLessThan(keys.length * numbers.length);
      });

      it('are all delivered again after a crash between a handler and the commit', async () => {
        const crashed = Promise.withResolvers<void>();
        let crashing: Promise<void> | undefined;
        const handledIn = new Map<EntityManager, number>();
        const first: TestService = await start(async ({ key, n }, { manager }) => {
          await writeEffect(manager, `${key}${n}`);
          const count = (handledIn.get(manager) ?? 0) + 1;
          handledIn.set(manager, count);
          if (count < 2) return;
          // The effects of two records are in the transaction, and it is never committed.
          crashing ??= crash(first).then(crashed.resolve, crashed.reject);
          await new Promise(() => undefined);
        }, options);
        await produceAll();
        await crashed.promise;
        const next = await start(async ({ key, n }, { manager }) => writeEffect(manager, `${key}${n}`), options);
        await handledOnceInOrder(next);
      });
    });

    describe('whatever comes together', () => {
      const key = fc.constantFrom('a', 'b', 'c');
      const step = fc.oneof(
        {
          weight: 8,
          arbitrary: fc.record({
            publish: key,
            fate: fc.constantFrom<Fate>('fine', 'fine', 'fails', 'dies', 'crashes'),
          }),
        },
        { weight: 1, arbitrary: fc.constant('join' as const) },
        { weight: 1, arbitrary: fc.constant('leave' as const) },
        { weight: 1, arbitrary: fc.constant('crash' as const) },
        { weight: 1, arbitrary: fc.constant('redrive' as const) },
        { weight: 2, arbitrary: fc.constant('wait' as const) },
      );

      it(
        'nothing is lost, every effect is there once, in the order of its key',
        async () => {
          await fc.assert(
            fc.asyncProperty(fc.array(step, { minLength: 12, maxLength: 25 }), async (plan) => live(plan)),
            { numRuns: PLANS, seed: SEED, endOnFailure: true },
          );
        },
        PLANS * 60_000,
      );

      /** Lives through a plan with up to two instances, then lets every handler succeed and looks at the effects. */
      async function live(plan: ReadonlyArray<Step>): Promise<void> {
        bus.renew();
        const attempts = new Map<string, number>();
        const fates = new Map<string, Fate>();
        const numbers = new Map<string, number>();
        let fixed = false;

        async function join(): Promise<void> {
          const self: { service?: TestService } = {};
          self.service = await start(async ({ key, n }, { manager }) => {
            const name = `${key}${n}`;
            const tried = (attempts.get(name) ?? 0) + 1;
            attempts.set(name, tried);
            const fate = fixed ? 'fine' : fates.get(name);
            if (fate === 'fails' && tried <= 5) throw new Error('not yet');
            if (fate === 'dies') throw new PermanentError('no');
            await writeEffect(manager, name);
            if (fate === 'crashes' && tried === 1 && self.service !== undefined) {
              void crash(self.service);
              await new Promise(() => undefined);
            }
          });
        }

        const publisher = await startTestService({
          databaseUrl: bus.databaseUrl,
          broker: bus.broker.address,
          driver: bus.driver,
          service: `publisher-${bus.group}`,
          publishes: [bus.event],
        });
        // As an operator: for a group that may have no instance at the moment.
        const redriveAll = async (): Promise<unknown> =>
          publisher.dataSource.transaction((manager) =>
            redriveDeadLetters(queryOf(manager), { group: bus.group }, { by: 'plan', force: true }),
          );
        try {
          await join();
          for (const now of plan) {
            if (typeof now === 'object') {
              const n = (numbers.get(now.publish) ?? 0) + 1;
              numbers.set(now.publish, n);
              fates.set(`${now.publish}${n}`, now.fate);
              await publisher.publish(bus.event, { key: now.publish, n });
            } else if (now === 'join') {
              if (bus.services.length < 2) await join();
            } else if (now === 'leave') {
              if (bus.services.length > 1) await stop(bus.services[0]!);
            } else if (now === 'crash') {
              if (bus.services[0] !== undefined) await crash(bus.services[0]);
            } else if (now === 'redrive') {
              await redriveAll();
            } else {
              // Until all that was published has been attempted or waits behind what failed, if an instance is running.
              await bounded(
                'what was published to be attempted',
                async () => bus.services.length === 0 || fates.size - attempts.size <= (await parkedRecords(publisher)),
              );
            }
          }
          fixed = true;
          if (bus.services.length === 0) await join();
          const expected = [...fates.keys()];
          await bounded('every effect, and nothing parked', async () => {
            if (bus.services.length === 0) await join();
            await redriveAll();
            const [done, parked] = [(await effects(publisher)).length, await parkedRecords(publisher)];
            if (done < expected.length || parked > 0) throw new Error(`${done} effects, ${parked} parked`);
            return true;
          });
          const happened = await effects(publisher);
          expect(happened.toSorted()).toEqual(expected.toSorted());
          for (const [key, count] of numbers) {
            expect(happened.filter((name) => name.startsWith(key))).toEqual(
              Array.from({ length: count }, (_, index) => `${key}${index + 1}`),
            );
          }
          const letters = await findDeadLetters(queryOf(publisher.dataSource), { group: bus.group, state: 'open' });
          expect(letters).toEqual([]);
        } finally {
          await Promise.all(bus.services.map(async (service) => stop(service)));
          await publisher.stop();
        }
      }
    });
  });
}

/** What becomes of a record at its first attempts. */
type Fate = 'fine' | 'fails' | 'dies' | 'crashes';

type Step = { publish: string; fate: Fate } | 'join' | 'leave' | 'crash' | 'redrive' | 'wait';

/** Always the same plans, so that a change is judged by what it did; `BUS_SEED=… BUS_PLANS=…` lives through others, and more of them. */
const SEED = Number(process.env['BUS_SEED'] ?? 2113963862);
const PLANS = Number(process.env['BUS_PLANS'] ?? 3);
