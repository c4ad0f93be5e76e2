import type { Kafka } from 'kafkajs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryFileSystem, startBroker } from '../src/index.ts';
import type { RunningBroker } from '../src/index.ts';
import { ErrorCode } from '../src/wire/error-code.ts';
import { Fetch } from '../src/wire/generated/fetch.ts';
import { Produce } from '../src/wire/generated/produce.ts';
import { kafkajsClient } from './kafkajs-client.ts';

const TOPIC = 'faults';
const NOT_LEADER_OR_FOLLOWER = 6;

describe('injected faults and a kafkajs client', () => {
  let broker: RunningBroker;
  let kafka: Kafka;

  beforeEach(async () => {
    const files = new MemoryFileSystem();
    broker = await startBroker({ data: 'memory', files, listen: { port: 0 }, sessionTimeoutMinMs: 100 });
    kafka = kafkajsClient(`${broker.host}:${broker.port}`);
  });
  afterEach(async () => broker.close());

  async function send(...values: string[]): Promise<void> {
    const producer = kafka.producer();
    await producer.connect();
    try {
      await producer.send({ topic: TOPIC, messages: values.map((value) => ({ key: 'k', value })) });
    } finally {
      await producer.disconnect();
    }
  }

  /** Sends one more record and reads up to it. */
  async function stored(): Promise<string[]> {
    await send('the end');
    const consumer = kafka.consumer({ groupId: 'reader', maxWaitTimeInMs: 50 });
    const values: string[] = [];
    const end = Promise.withResolvers<void>();
    await consumer.connect();
    await consumer.subscribe({ topic: TOPIC, fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ message }) => {
        if (String(message.value) === 'the end') end.resolve();
        else values.push(String(message.value));
      },
    });
    await end.promise;
    await consumer.disconnect();
    return values;
  }

  it('error: a retriable error is retried, and the record is written once', async () => {
    await send('before');
    broker.faults.on(Produce.key, { do: 'error', code: NOT_LEADER_OR_FOLLOWER }, 2);
    await send('after');
    expect(await stored()).toEqual(['before', 'after']);
  });

  it('error: a permanent error reaches the caller by its name, and nothing is written', async () => {
    await send('before');
    broker.faults.on(Produce.key, { do: 'error', code: ErrorCode.MESSAGE_TOO_LARGE });
    await expect(send('refused')).rejects.toMatchObject({ type: 'MESSAGE_TOO_LARGE' });
    expect(await stored()).toEqual(['before']);
  });

  it('error: a refused fetch is retried', async () => {
    await send('one', 'two');
    broker.faults.on(Fetch.key, { do: 'error', code: NOT_LEADER_OR_FOLLOWER }, 2);
    expect(await stored()).toEqual(['one', 'two']);
  });

  it('drop answer: a record whose answer was lost is written again by a plain producer', async () => {
    await send('before');
    broker.faults.on(Produce.key, { do: 'drop answer' });
    await send('sent once');
    expect(await stored()).toEqual(['before', 'sent once', 'sent once']);
  });

  it('split answer: half an answer counts as none', async () => {
    await send('before');
    broker.faults.on(Produce.key, { do: 'split answer', bytes: 9 });
    await send('sent once');
    expect(await stored()).toEqual(['before', 'sent once', 'sent once']);
  });

  it('a group whose coordinator moves continues where it was', async () => {
    await send('1', '2', '3');
    // kafkajs leaves when a commit is refused, which is refused too: its old membership has to expire first.
    const timing = { sessionTimeout: 1_000, heartbeatInterval: 100, maxWaitTimeInMs: 50 };
    const consumer = kafka.consumer({ groupId: 'moved', ...timing });
    const handled: string[] = [];
    const all = Promise.withResolvers<void>();
    await consumer.connect();
    await consumer.subscribe({ topic: TOPIC, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ topic, partition, message }) => {
        if (message.offset === '1' && handled.length === 1) broker.faults.moveCoordinator('group', 'moved');
        handled.push(String(message.value));
        await consumer.commitOffsets([{ topic, partition, offset: String(Number(message.offset) + 1) }]);
        if (message.offset === '2') all.resolve();
      },
    });
    await all.promise;
    expect([...new Set(handled)]).toEqual(['1', '2', '3']);
    const admin = kafka.admin();
    await admin.connect();
    const [offsets] = await admin.fetchOffsets({ groupId: 'moved', topics: [TOPIC] });
    expect(offsets?.partitions[0]?.offset).toBe('3');
    await Promise.all([admin.disconnect(), consumer.disconnect()]);
  });

  it('a transaction whose coordinator moves is committed', async () => {
    await send('before');
    const producer = kafka.producer({ transactionalId: 'moved', maxInFlightRequests: 1, idempotent: true });
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send({ topic: TOPIC, messages: [{ value: 'in the transaction' }] });
    broker.faults.moveCoordinator('transaction', 'moved');
    await transaction.commit();
    await producer.disconnect();
    expect(await stored()).toEqual(['before', 'in the transaction']);
  });
});
