import { commitOffset } from '@event-bus/test-kit/commit-offset';
import { createTopics } from '@event-bus/test-kit/create-topics';
import { Producer } from '@platformatic/kafka';
import { beforeEach, describe, expect, it } from 'vitest';
import { DAMAGES, putUndecodableBatch } from '../test/put-undecodable-batch.ts';
import type { PutBatch } from '../test/put-undecodable-batch.ts';
import { rawKafka, readOne } from '../test/raw-kafka.ts';
import { startBus } from '../test/start-bus.ts';
import { until } from '../test/start-test-service.ts';
import type { TestService } from '../test/start-test-service.ts';
import { useBus } from '../test/use-bus.ts';
import { deadTopicOf } from './dead-topic.ts';
import type { DeadLetter } from './dead-letters/dead-letter.ts';
import { KAFKA_DRIVERS } from './kafka/kafka-settings.ts';
import { RECORD_HEADERS_MAX } from './limits.ts';

type Kind = keyof typeof DAMAGES;

describe.each(KAFKA_DRIVERS)('what lies on a topic, read by %s,', (driver) => {
  const bus = useBus(async () => startBus(driver));
  const { stop } = bus;
  let seen: string[];
  beforeEach(() => {
    seen = [];
  });

  async function start(): Promise<TestService> {
    const service = await bus.start(async ({ key, n }) => void seen.push(`${key}${n}`));
    await until(service.events, ['consumer.state'], () => service.consumer.health().state === 'running');
    return service;
  }

  const admin = () => rawKafka(bus.broker.address).admin();

  async function produce(n: number, headers: Record<string, string | Buffer> = {}): Promise<void> {
    const record = bus.record(`${bus.event.topic.name} ${n}`, { key: 'k', n });
    await bus.produce({ ...record, partition: 0, headers: { ...record.headers, ...headers } });
  }

  async function put(damage: Kind): Promise<PutBatch> {
    const { broker } = bus;
    const dataFolder = broker.dataFolder!;
    return putUndecodableBatch({
      broker: broker.address,
      dataFolder,
      topic: bus.event.topic.name,
      partition: 0,
      damage,
    });
  }

  const sawAll = (service: TestService, count: number): Promise<void> =>
    until(service.events, ['record.handled', 'record.dead'], () => seen.length >= count);

  const lettersOf = async ({ deadLetters }: TestService): Promise<DeadLetter[]> =>
    (await deadLetters.find({ topic: bus.event.topic.name })).toSorted(
      (one, other) => Number(one.offset) - Number(other.offset),
    );

  async function endOfPartition(): Promise<string> {
    const raw = admin();
    const offsets = await raw.fetchTopicOffsets(bus.event.topic.name);
    await raw.disconnect();
    return offsets.find(({ partition }) => partition === 0)!.offset;
  }

  it.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'])('is handled when it is compressed by %s', async (compression) => {
    const service = await start();
    const producer = new Producer({ clientId: 'test', bootstrapBrokers: [bus.broker.address] });
    const numbers = Array.from({ length: 20 }, (_, n) => n);
    await producer.send({
      compression: compression as 'none',
      messages: numbers.map((n) => {
        const text = 'again and again and '.repeat(100);
        const { value, headers } = bus.record(`${compression} ${n}`, { key: 'k', n, text });
        return {
          topic: bus.event.topic.name,
          partition: 0,
          key: Buffer.from('k'),
          value: Buffer.from(String(value)),
          headers: new Map(Object.entries(headers).map(([name, text]) => [Buffer.from(name), Buffer.from(text)])),
        };
      }),
    });
    await producer.close();
    await sawAll(service, numbers.length);
    expect(seen).toEqual(numbers.map((n) => `k${n}`));
  });

  it('is handled when what is not text in it is optional: a new trace begins', async () => {
    const service = await start();
    await produce(1, { traceparent: Buffer.from([0xff, 0xfe]), ce_time: Buffer.from([0xff]) });
    await sawAll(service, 1);
    expect(await lettersOf(service)).toEqual([]);
  });

  it('becomes a dead letter, whole, when it has more headers than are allowed, and delays no other record', async () => {
    const service = await start();
    const own = Object.keys(bus.record('any', { key: 'k', n: 0 }).headers).length;
    const many = Array.from({ length: 10_000 }, (_, n) => [`h${n}`, 'x'] as const);
    await produce(1, Object.fromEntries(many));
    await produce(2, Object.fromEntries(many.slice(0, RECORD_HEADERS_MAX - own)));
    await until(service.events, ['record.dead'], async () => (await lettersOf(service)).length === 1);
    const [letter] = await lettersOf(service);
    expect(letter).toMatchObject({ reason: 'undecodable', error: expect.stringContaining(`${10_000 + own} headers`) });
    expect(letter!.headers).toHaveLength(10_000 + own);
    expect(letter!.lastOffset).toBeNull();
    await service.deadLetters.drop({ topic: bus.event.topic.name }, { by: 'test' });
    await sawAll(service, 1);
    expect(seen).toEqual(['k2']);
  });

  describe.skipIf(process.env['KAFKA_BOOTSTRAP'] !== undefined && process.env['KAFKA_DATA'] === undefined)(
    'a batch that cannot be decoded',
    () => {
      it('becomes one dead letter, whole, whatever is wrong with it, and its partition goes on', async () => {
        const service = await start();
        const dead: unknown[] = [];
        service.events.on('batch.dead', (batch) => dead.push(batch));
        const kinds = Object.keys(DAMAGES) as Kind[];
        const batches: PutBatch[] = [];
        await produce(0);
        for (const [index, kind] of kinds.entries()) {
          batches.push(await put(kind));
          await produce(index + 1);
        }
        await sawAll(service, kinds.length + 1);
        await until(service.events, ['batch.dead'], () => dead.length === kinds.length);
        expect(seen).toEqual([0, ...kinds.map((_, index) => index + 1)].map((n) => `k${n}`));
        const letters = await lettersOf(service);
        expect(letters.map(({ offset, lastOffset }) => [offset, lastOffset])).toEqual(
          batches.map(({ firstOffset, lastOffset }) => [firstOffset, lastOffset]),
        );
        for (const [index, letter] of letters.entries()) {
          expect(letter).toMatchObject({ partition: 0, reason: 'undecodable', policy: 'skip', key: null, event: null });
          expect(Buffer.from(letter.value!, 'base64').equals(batches[index]!.bytes)).toBe(true);
        }
        expect(service.consumer.health()).toMatchObject({
          ready: true,
          warnings: [expect.stringContaining(`dead letters: ${kinds.length}, the last at ${bus.event.topic.name}/0`)],
        });
        const end = await endOfPartition();
        let committed = '';
        service.events.on('consumer.committed', ({ partition, offset }) => partition === 0 && (committed = offset));
        await produce(100);
        await until(service.events, ['consumer.committed'], () => Number(committed) > Number(end));
      });

      it('is announced like other dead letters, with its offsets', async () => {
        const service = await start();
        const dead = new Promise((resolve) => service.events.once('batch.dead', resolve));
        const { firstOffset, lastOffset, bytes } = await put('random bytes marked as lz4');
        await dead;
        const announced = await readOne(bus.broker.address, deadTopicOf(bus.event.topic.name, bus.group).name);
        const [letter] = await lettersOf(service);
        expect(JSON.parse(String(announced.value))).toMatchObject({
          deadLetterId: letter!.id,
          partition: 0,
          offset: firstOffset,
          lastOffset,
          key: null,
          value: bytes.toString('base64'),
          reason: 'undecodable',
          error: expect.stringContaining(`offsets ${firstOffset} to ${lastOffset}`),
          keyIsHeld: false,
        });
      });

      it('is the same dead letter when it is read again, open or dropped', async () => {
        const first = await start();
        const dead = new Promise((resolve) => first.events.once('batch.dead', resolve));
        await put('a wrong checksum');
        await produce(1);
        await dead;
        await sawAll(first, 1);
        for (const state of ['open', 'dropped']) {
          for (const service of bus.services) await stop(service);
          await readAgain();
          const again = await start();
          await expect.poll(committedOffset, { timeout: 20_000 }).toBeGreaterThanOrEqual(5);
          expect(await lettersOf(again)).toMatchObject([{ state }]);
          expect(await announcements(again)).toBe(1);
          if (state === 'open') await again.deadLetters.drop({ topic: bus.event.topic.name }, { by: 'test' });
        }
        expect(seen).toEqual(['k1']);
      });

      it('waits until its dead letter can be written; no offset is committed past it until then', async () => {
        const service = await start();
        const committed: number[] = [];
        service.events.on('consumer.committed', ({ partition, offset }) => {
          if (partition === 0) committed.push(Number(offset));
        });
        await service.dataSource.query('ALTER TABLE dead_letter RENAME TO dead_letter_hidden');
        const retries = new Promise<void>((resolve) => service.events.once('record.retry', () => resolve()));
        await put('a codec that is not known');
        await produce(1);
        await retries;
        await sawAll(service, 1);
        expect(committed).toEqual([]);
        const dead = new Promise((resolve) => service.events.once('batch.dead', resolve));
        await service.dataSource.query('ALTER TABLE dead_letter_hidden RENAME TO dead_letter');
        await dead;
        await until(service.events, ['consumer.committed'], () => committed.some((offset) => offset >= 5));
        expect(await lettersOf(service)).toHaveLength(1);
      });

      it('is not redriven, because there is no record in it to be tried, and can be dropped', async () => {
        const service = await start();
        const dead = new Promise((resolve) => service.events.once('batch.dead', resolve));
        await put('records that are no records');
        await dead;
        const [letter] = await lettersOf(service);
        const filter = { topic: bus.event.topic.name };
        const nothing = { resolved: [], refused: [], next: undefined };
        expect(await service.deadLetters.redrive(filter, { by: 'test', force: true })).toEqual({
          ...nothing,
          batches: [letter!.id],
        });
        expect(await lettersOf(service)).toMatchObject([{ state: 'open', redrives: 0 }]);
        expect(await service.deadLetters.drop(filter, { by: 'test' })).toMatchObject({ resolved: [letter!.id] });
      });

      it('is set aside when it is the first of a topic that was deleted and made again', async () => {
        const service = await start();
        let committed = '';
        service.events.on('consumer.committed', ({ offset }) => (committed = offset));
        for (let n = 0; n < 10; n += 1) await produce(n);
        await until(service.events, ['consumer.committed'], () => committed === '10');

        const { name: topic, partitions: numPartitions } = bus.event.topic;
        const raw = admin();
        await raw.deleteTopics({ topics: [topic] });
        await createTopics(raw, [{ topic, numPartitions }]);
        await raw.disconnect();
        const dead = new Promise((resolve) => service.events.once('batch.dead', resolve));
        const batch = await put('random bytes marked as gzip');
        await produce(10);
        await sawAll(service, 11);
        await dead;
        expect(await lettersOf(service)).toMatchObject([{ offset: batch.firstOffset, lastOffset: batch.lastOffset }]);
      });
    },
  );

  /** Sets the group back to the beginning; it has to have no member. */
  async function readAgain(): Promise<void> {
    await commitOffset({ broker: bus.broker.address }, bus.group, bus.event.topic.name, { 0: 0 });
  }

  async function committedOffset(): Promise<number> {
    const raw = admin();
    const [topic] = await raw.fetchOffsets({ groupId: bus.group, topics: [bus.event.topic.name] });
    await raw.disconnect();
    return Number(topic!.partitions.find(({ partition }) => partition === 0)?.offset);
  }

  async function announcements({ dataSource }: TestService): Promise<number> {
    const rows: unknown[] = await dataSource.query('SELECT 1 FROM outbox WHERE aggregatetype = $1', [
      deadTopicOf(bus.event.topic.name, bus.group).name,
    ]);
    return rows.length;
  }
});
