/** kafkajs makes many topics, a thousand with each request, and sends a record to each. */
import { Kafka, Partitioners, logLevel } from 'kafkajs';
import { answer, optionsOf } from './program.ts';

export interface BrokerTopicsOptions {
  readonly address: string;
  readonly topics: number;
}

const { address, topics } = optionsOf<BrokerTopicsOptions>();
const kafka = new Kafka({ brokers: [address], clientId: 'bench', logLevel: logLevel.NOTHING });
const AT_ONCE = 1_000;
const thousands = Array.from({ length: Math.ceil(topics / AT_ONCE) }, (_, first) =>
  Array.from({ length: Math.min(AT_ONCE, topics - first * AT_ONCE) }, (_, n) => `topic-${first * AT_ONCE + n}`),
);
const admin = kafka.admin();
await admin.connect();
const began = performance.now();
for (const names of thousands) {
  await admin.createTopics({ waitForLeaders: false, topics: names.map((topic) => ({ topic, numPartitions: 1 })) });
}
const created = performance.now();
const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
await producer.connect();
for (const names of thousands) {
  await producer.sendBatch({
    acks: -1,
    topicMessages: names.map((topic) => ({ topic, messages: [{ value: topic }] })),
  });
}
answer({ createMs: created - began, produceMs: performance.now() - created });
