/** A topic that kafkajs has filled is read by a client that only counts, and by kafkajs. */
import { randomBytes, randomUUID } from 'node:crypto';
import { Kafka, Partitioners, logLevel } from 'kafkajs';
import { Fetch } from '../../packages/log-broker/src/wire/generated/fetch.ts';
import { BATCH_HEADER_BYTES, batchSizeAt, lastOffsetAt } from '../../packages/log-broker/src/wire/record-batch.ts';
import { WireClient } from '../../packages/log-broker/test/wire-client.ts';
import { answer, optionsOf } from './program.ts';

export interface BrokerReadsOptions {
  readonly address: string;
  /** Of a record. */
  readonly bytes: number;
  readonly quick: boolean;
}

const MEGABYTE = 1024 * 1024;
const BATCH = 500;
const TOPIC_BYTES = 40 * MEGABYTE;
const RECORDS_MAX = 200_000;
/** Before there were sessions. */
const FETCH_VERSION = 5;
const BYTES_TO_FETCH = 1_000 * MEGABYTE;
const TIMES_CONSUMED = 10;

const { address, bytes, quick } = optionsOf<BrokerReadsOptions>();
const topic = `bench-reads-${randomUUID()}`;
const kafka = new Kafka({ brokers: [address], clientId: 'bench', logLevel: logLevel.NOTHING });
const records = Math.min(RECORDS_MAX, Math.floor(TOPIC_BYTES / bytes)) / (quick ? 10 : 1);
await fill();
const fetched = quick ? BYTES_TO_FETCH / 10 : BYTES_TO_FETCH;
await fetchBytes(fetched / 10);
answer({ fetchMbPerSecond: await fetchBytes(fetched), consumePerSecond: await consumeRepeatedly() });

async function fill(): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 1, replicationFactor: 1 }] });
  await admin.disconnect();
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  const value = randomBytes(bytes);
  const messages = Array.from({ length: BATCH }, () => ({ value }));
  for (let sent = 0; sent < records; sent += BATCH) await producer.send({ topic, acks: -1, messages });
  await producer.disconnect();
}

/** From the beginning to the end of the topic, again and again, a megabyte in each request as clients have it. MB a second. */
async function fetchBytes(wanted: number): Promise<number> {
  const client = await WireClient.connect(address);
  const from = performance.now();
  let got = 0;
  for (let offset = 0; got < wanted;) {
    const { responses } = await client.send(Fetch, FETCH_VERSION, fetchAt(offset));
    const found = responses[0]!.partitions[0]!;
    const read = found.records ?? Buffer.alloc(0);
    if (read.length === 0) throw new Error(`nothing at ${offset}: error ${found.errorCode}`);
    // Apache Kafka sends a part of the batch that does not fit, too. A client drops it.
    let at = 0;
    while (at + BATCH_HEADER_BYTES <= read.length && at + batchSizeAt(read, at) <= read.length) {
      offset = lastOffsetAt(read, at) + 1;
      at += batchSizeAt(read, at);
    }
    got += at;
    if (offset >= found.highWatermark) offset = 0;
  }
  const seconds = (performance.now() - from) / 1_000;
  client.close();
  return got / MEGABYTE / seconds;
}

function fetchAt(fetchOffset: number) {
  const partition = { partition: 0, fetchOffset, partitionMaxBytes: MEGABYTE, currentLeaderEpoch: -1 };
  const unused = { lastFetchedEpoch: -1, logStartOffset: -1, replicaDirectoryId: '', highWatermark: 0 };
  const topics = [{ topic, topicId: '', partitions: [{ ...partition, ...unused }] }];
  return { replicaId: -1, maxWaitMs: 500, minBytes: 1, maxBytes: 10 * MEGABYTE, isolationLevel: 0, topics };
}

/** Records a second. Each time with a new group, and the first one warms up. */
async function consumeRepeatedly(): Promise<number> {
  await consumeAll();
  let count = 0;
  let milliseconds = 0;
  for (let n = 0; n < TIMES_CONSUMED; n++) {
    const consumed = await consumeAll();
    count += consumed.count;
    milliseconds += consumed.milliseconds;
  }
  return (count * 1_000) / milliseconds;
}

/** From the first batch, with which the group has formed and which is not counted, to the last. */
async function consumeAll(): Promise<{ count: number; milliseconds: number }> {
  const consumer = kafka.consumer({ groupId: randomUUID() });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const finished = Promise.withResolvers<{ count: number; milliseconds: number }>();
  let from: { at: number; count: number } | undefined;
  let count = 0;
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) => {
      count += batch.messages.length;
      from ??= { at: performance.now(), count };
      if (count >= records) finished.resolve({ count: count - from.count, milliseconds: performance.now() - from.at });
    },
  });
  const consumed = await finished.promise;
  await consumer.disconnect();
  return consumed;
}
