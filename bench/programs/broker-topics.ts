/** kafkajs makes many topics at once and sends a record to each. */
import { Kafka, Partitioners, logLevel } from 'kafkajs';
import { answer, optionsOf } from './program.ts';

export interface BrokerTopicsOptions {
  readonly address: string;
  readonly topics: number;
}

const { address, topics } = optionsOf<BrokerTopicsOptions>();
const kafka = new Kafka({ brokers: [address], clientId: 'bench', logLevel: logLevel.NOTHING });
const names = Array.from({ length: topics }, (_, n) => `topic-${n}`);
const admin = kafka.admin();
await admin.connect();
const began = performance.now();
await admin.createTopics({ waitForLeaders: false, topics: names.map((topic) => ({ topic, numPartitions: 1 })) });
const created = performance.now();
const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
await producer.connect();
await producer.sendBatch({
  acks: -1,
  topicMessages: names.map((topic) => ({ topic, messages: [{ value: topic }] })),
});
answer({ createMs: created - began, produceMs: performance.now() - created });
