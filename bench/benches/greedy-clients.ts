import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Kafka, Partitioners, logLevel } from 'kafkajs';
import { Fetch } from '../../packages/log-broker/src/wire/generated/fetch.ts';
import { encodeRequest } from '../../packages/log-broker/test/broker-in-memory.ts';
import { WireClient } from '../../packages/log-broker/test/wire-client.ts';
import { atMostValue } from '../harness/bench.ts';
import type { Bench, BenchContext, Line } from '../harness/bench.ts';
import { startLogBroker } from '../harness/log-broker.ts';
import { figureOf } from '../harness/statistics.ts';

const PEAK_MB_MAX = 150;
const MEGABYTE = 1024 * 1024;
const PARTITIONS = 8;
const RECORDS = 100;
const FOR_MS = 5_000;
const TOPIC = 'greed';

type Abuse = (address: string, forMs: number) => Promise<void>;

/** Each resolves when the broker has had the time for it. */
const ABUSES: Readonly<Record<string, Abuse>> = {
  async '500 readers that never read their answers of 50 MB'(address, forMs) {
    const readers = await connect(address, 500);
    for (const { socket } of readers) socket.pause();
    for (let n = 0; n < 10; n++) for (const reader of readers) reader.sendFrame(fetchOfAll());
    await delay(forMs);
    for (const reader of readers) reader.close();
  },
  async '64 readers of 50 MB, 20 times a second'(address, forMs) {
    const readers = await connect(address, 64);
    for (let since = performance.now(); performance.now() - since < forMs; await delay(50)) {
      for (const reader of readers) reader.sendFrame(fetchOfAll());
    }
    for (const reader of readers) reader.close();
  },
  async '500 requests of 90 MB that never end'(address, forMs) {
    const writers = await connect(address, 500);
    const length = Buffer.alloc(4);
    length.writeInt32BE(90 * MEGABYTE);
    const begin = Buffer.concat([length, randomBytes(300 * 1024)]);
    for (const { socket } of writers) socket.write(begin);
    await delay(forMs);
    for (const writer of writers) writer.close();
  },
};

export const greedyClients: Bench = {
  name: 'greedy-clients',
  title: "log-broker's memory and clients that want more than their share",
  method:
    'The most resident memory that a broker of its own had since its start, while clients request and send far more than others. ' +
    `Its topic has ${RECORDS} records of a megabyte in ${PARTITIONS} partitions.`,
  async run(context) {
    const lines: Line[] = [];
    for (const [what, abuse] of Object.entries(ABUSES)) {
      const peaks: number[] = [];
      for (let round = 0; round < context.rounds; round++) peaks.push(await peakMbDuring(abuse, context));
      const peak = figureOf(peaks);
      context.log(`${what}: ${Math.round(peak.median)} MB at most`);
      const target = atMostValue(PEAK_MB_MAX, peak, 'MB');
      lines.push({ what, side: 'log-broker', figure: peak, unit: 'MB', targets: [target] });
    }
    return lines;
  },
};

async function peakMbDuring(abuse: Abuse, { quick }: BenchContext): Promise<number> {
  const broker = await startLogBroker();
  await fill(broker.address);
  await abuse(broker.address, quick ? FOR_MS / 5 : FOR_MS);
  const peakMb = broker.peakResidentMb();
  await broker.stop();
  return peakMb;
}

async function connect(address: string, count: number): Promise<WireClient[]> {
  return Promise.all(Array.from({ length: count }, () => WireClient.connect(address)));
}

/** What is read is more than any answer may have. */
async function fill(address: string): Promise<void> {
  const kafka = new Kafka({ brokers: [address], clientId: 'bench', logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic: TOPIC, numPartitions: PARTITIONS }] });
  await admin.disconnect();
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  const value = randomBytes(MEGABYTE - 1_024);
  for (let n = 0; n < RECORDS; n++) {
    await producer.send({ topic: TOPIC, messages: [{ value, partition: n % PARTITIONS }] });
  }
  await producer.disconnect();
}

function fetchOfAll(): Buffer {
  const wanted = {
    partitionMaxBytes: 50 * MEGABYTE,
    fetchOffset: 0,
    currentLeaderEpoch: -1,
    lastFetchedEpoch: -1,
    logStartOffset: -1,
    replicaDirectoryId: '',
    highWatermark: 0,
  };
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ ...wanted, partition }));
  return encodeRequest(Fetch, 5, {
    replicaId: -1,
    maxWaitMs: 100,
    minBytes: 1,
    maxBytes: 50 * MEGABYTE,
    topics: [{ topic: TOPIC, topicId: '', partitions }],
  });
}
