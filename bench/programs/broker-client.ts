/** kafkajs against one broker: produce, and the time until it is received. */
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Kafka, Partitioners, logLevel } from 'kafkajs';
import type { Producer } from 'kafkajs';
import { latencyOf } from '../harness/statistics.ts';
import { answer, optionsOf } from './program.ts';

export interface BrokerClientOptions {
  readonly address: string;
  readonly bytes: number;
  /** Of each kind of work. */
  readonly windowMs: number;
}

const BATCH = 500;
const AT_ONCE = 16;
const LATENCY_PAUSE_MS = 5;

const { address, bytes, windowMs } = optionsOf<BrokerClientOptions>();
const topic = `bench-broker-${randomUUID()}`;
const kafka = new Kafka({ brokers: [address], clientId: 'bench', logLevel: logLevel.NOTHING });
const value = randomBytes(bytes);
const admin = kafka.admin();
await admin.connect();
await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 1, replicationFactor: 1 }] });
const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
await producer.connect();

/** Of a window as long as the one that is measured, half at least goes by before it counts. */
const warmUpMs = windowMs / 2;
const send = (count: number) => sendTo(producer, count);
await repeat(1, warmUpMs, () => send(1));
const single = await repeat(1, windowMs, () => send(1));
const concurrent = await repeat(AT_ONCE, windowMs, () => send(1));
await repeat(1, warmUpMs, () => send(BATCH));
const batches = await repeat(1, windowMs, () => send(BATCH));

answer({
  singlePerSecond: single.perSecond,
  singleP50: latencyOf(single.milliseconds).p50,
  singleP99: latencyOf(single.milliseconds).p99,
  concurrentPerSecond: concurrent.perSecond,
  batchPerSecond: batches.perSecond * BATCH,
  ...(await produceToReceive()),
});

async function sendTo(to: Producer, count: number): Promise<void> {
  await to.send({ topic, acks: -1, messages: Array.from({ length: count }, () => ({ value })) });
}

async function repeat(
  atOnce: number,
  forMs: number,
  work: () => Promise<void>,
): Promise<{ perSecond: number; milliseconds: number[] }> {
  const milliseconds: number[] = [];
  const from = performance.now();
  const one = async (): Promise<void> => {
    while (performance.now() - from < forMs) {
      const startedAt = performance.now();
      await work();
      milliseconds.push(performance.now() - startedAt);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  return { perSecond: (milliseconds.length * 1_000) / (performance.now() - from), milliseconds };
}

/** One record at a time, to a consumer that waits for it. */
async function produceToReceive(): Promise<{ receiveP50: number; receiveP99: number }> {
  const consumer = kafka.consumer({ groupId: randomUUID(), maxWaitTimeInMs: 500 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: false });
  let received = Promise.withResolvers<void>();
  await consumer.run({ autoCommit: false, eachMessage: async () => received.resolve() });
  const milliseconds: number[] = [];
  // Until the group is there, records may come that were sent before.
  await delay(windowMs / 2);
  const from = performance.now();
  while (performance.now() - from < windowMs) {
    received = Promise.withResolvers();
    const sentAt = performance.now();
    await send(1);
    await received.promise;
    milliseconds.push(performance.now() - sentAt);
    await delay(LATENCY_PAUSE_MS);
  }
  await consumer.disconnect();
  const { p50, p99 } = latencyOf(milliseconds);
  return { receiveP50: p50, receiveP99: p99 };
}
