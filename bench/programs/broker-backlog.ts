/** kafkajs fills a topic, then reads all of it in a group that has never read it. */
import { randomBytes, randomUUID } from 'node:crypto';
import { Kafka, Partitioners, logLevel } from 'kafkajs';
import { answer, optionsOf } from './program.ts';

export interface BrokerBacklogOptions {
  readonly address: string;
  /** Of all values together. */
  readonly bytes: number;
}

const VALUE_BYTES = 1_024;
const BATCH = 500;
const MEGABYTE = 1024 * 1024;

const { address, bytes } = optionsOf<BrokerBacklogOptions>();
const topic = `bench-backlog-${randomUUID()}`;
const kafka = new Kafka({ brokers: [address], clientId: 'bench', logLevel: logLevel.NOTHING });
const admin = kafka.admin();
await admin.connect();
await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 1, replicationFactor: 1 }] });
const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
await producer.connect();
const value = randomBytes(VALUE_BYTES);
const messages = Array.from({ length: BATCH }, () => ({ value }));
const batches = Math.ceil(bytes / (BATCH * VALUE_BYTES));
for (let n = 0; n < batches; n++) await producer.send({ topic, acks: -1, messages });

const consumer = kafka.consumer({ groupId: randomUUID() });
await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: true });
const finished = Promise.withResolvers<void>();
let count = 0;
let began = 0;
await consumer.run({
  autoCommit: false,
  eachBatch: async ({ batch }) => {
    // The first has waited for the group.
    if (began === 0) began = performance.now();
    else count += batch.messages.length;
    if (Number(batch.lastOffset()) + 1 >= batches * BATCH) finished.resolve();
  },
});
await finished.promise;
const seconds = (performance.now() - began) / 1_000;
await consumer.disconnect();
// The next side finds the disk as it was.
await admin.deleteTopics({ topics: [topic] });
answer({ readMbPerSecond: (count * VALUE_BYTES) / MEGABYTE / seconds });
