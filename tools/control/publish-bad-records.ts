import { randomUUID } from 'node:crypto';
import { findEnds, isInternal, Partitioners, readRecords } from '@event-bus/messaging-client/inspect';
import type { Broker, BusRecord } from '@event-bus/messaging-client/inspect';
import type { Message } from 'kafkajs';
import { withBroker } from '../bus/broker/connect.ts';
import type { BrokerSetting } from '../stack/broker-access.ts';
import { unknownName } from './control-problem.ts';

const ALL_REPLICAS = -1;

/** Neither UTF-8 nor JSON, and no header says what it is. */
const UNREADABLE = Buffer.from([0xff, 0xfe, 0x00, 0x7b, 0xc3]);

/**
 * Publishes the newest records of a topic once more, byte for byte and each into its own partition.
 * @returns how many; fewer than given where the topic has fewer
 */
export async function publishDuplicates(setting: BrokerSetting, topic: string, records: number): Promise<number> {
  return withTopic(setting, topic, async (broker) => {
    const ends = await findEnds(broker.admin, topic);
    const spans = ends.map(({ partition, first, next }) => {
      const from = next - BigInt(records);
      return { topic, partition, from: from < first ? first : from, to: next };
    });
    const found: BusRecord[] = [];
    const read = readRecords(broker.cluster, spans, AbortSignal.timeout(READ_MS_MAX), () => undefined);
    for await (const record of read) found.push(record);
    const newest = found.toSorted((one, other) => Number(one.time) - Number(other.time)).slice(-records);
    await send(broker, topic, newest.map(asMessage));
    return newest.length;
  });
}

/** Publishes a record that no service can decode, with a key of its own, so that nothing waits behind it. */
export async function publishUnreadable(setting: BrokerSetting, topic: string): Promise<void> {
  await withTopic(setting, topic, async (broker) => send(broker, topic, [{ key: randomUUID(), value: UNREADABLE }]));
}

/** The records are few; a broker that stops answering in between is reported by its own time-outs before. */
const READ_MS_MAX = 20_000;

async function withTopic<Result>(
  setting: BrokerSetting,
  topic: string,
  use: (broker: Broker) => Promise<Result>,
): Promise<Result> {
  return withBroker(setting, async (broker) => {
    const topics = (await broker.admin.listTopics()).filter((name) => !isInternal(name)).sort();
    if (!topics.includes(topic)) throw unknownName('topic', topic, topics);
    return use(broker);
  });
}

function asMessage({ partition, message }: BusRecord): Message {
  const headers: Record<string, Buffer[]> = Object.create(null) as Record<string, Buffer[]>;
  for (const [name, value] of message.headers ?? []) (headers[name] ??= []).push(value);
  return { partition, key: message.key, value: message.value, headers };
}

async function send({ kafka }: Broker, topic: string, messages: Message[]): Promise<void> {
  if (messages.length === 0) return;
  const producer = kafka.producer({
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  try {
    await producer.send({ topic, acks: ALL_REPLICAS, messages });
  } finally {
    await producer.disconnect();
  }
}
