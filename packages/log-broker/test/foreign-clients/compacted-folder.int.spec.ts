import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startBroker } from '../../src/index.ts';
import { temporaryFolder } from '../broker-process.ts';
import { kafkajsClient, readRecords } from '../kafkajs-client.ts';
import { startKafka } from './kafka-process.ts';
import { HAS_KAFKA_TOOLS, kafkaTool } from './kafka-tools.ts';

// Starts Apache Kafka twice, which takes several seconds each, and more on a busy machine.
const SLOW = 400_000;

const KEYS = 10;
/** Kafka's smallest segment. */
const SEGMENT_BYTES = 1_048_576;
const COMPACT = {
  'cleanup.policy': 'compact',
  'min.cleanable.dirty.ratio': '0.01',
  'segment.bytes': String(SEGMENT_BYTES),
};

/** Three segments of records, compressed too, and then a few more: the last segment is never compacted. */
async function write(address: string, topic: string): Promise<void> {
  const producer = kafkajsClient(address).producer({
    idempotent: true,
    maxInFlightRequests: 1,
    retry: { retries: 20 },
  });
  await producer.connect();
  for (let round = 0; round < 32; round++) {
    const messages = Array.from({ length: KEYS }, (_, key) => ({
      key: `k${key}`,
      value: `${round} ${Buffer.alloc(10_000, String(round)).toString()}`,
    }));
    await producer.send({ topic, messages });
    const compressed = messages.slice(0, 3).map(({ key }) => ({ key, value: `${round} compressed` }));
    await producer.send({ topic, messages: compressed, compression: kafkajs.CompressionTypes.GZIP });
  }
  await producer.disconnect();
}

/** The last round of each key. */
const LAST = Object.fromEntries(
  Array.from({ length: KEYS }, (_, key) => [`k${key}`, key < 3 ? '31 compressed' : '31']),
);

/** Reads all of a compacted topic: how many records there are, and what is left of each key. */
async function read(address: string, topic: string, folder: string) {
  const count = await recordsIn(join(folder, `${topic}-0`));
  const records = await readRecords(kafkajsClient(address), topic, count, `readers of ${topic} at ${address}`);
  const last = records.map(
    ({ key, value }) => [key, value.endsWith('compressed') ? value : value.split(' ')[0]] as const,
  );
  return { count: records.length, last: Object.fromEntries(last) as Record<string, string> };
}

/** Counted by Kafka's own program, which also checks each batch. */
async function recordsIn(folder: string): Promise<number> {
  const logs = readdirSync(folder).filter((name) => name.endsWith('.log'));
  const files = logs.map((name) => join(folder, name)).join(',');
  const dumped = await kafkaTool('org.apache.kafka.tools.DumpLogSegments', ['--files', files, '--deep-iteration']);
  expect(dumped).not.toContain('isvalid: false');
  return dumped.split('\n').filter((line) => line.trimStart().startsWith('| offset:')).length;
}

describe.skipIf(!HAS_KAFKA_TOOLS)('a compacted topic in a folder that both use (needs java and KAFKA_LIBS)', () => {
  let root: ReturnType<typeof temporaryFolder>;
  let folder: string;
  beforeAll(() => {
    root = temporaryFolder();
    folder = join(root.path, 'data');
  });
  afterAll(() => root.remove());

  it(
    'is read by log-broker after Kafka has compacted it, and by Kafka after log-broker has',
    { timeout: SLOW },
    async () => {
      let kafka = await startKafka(folder);
      const admin = kafkajsClient(kafka.address).admin();
      await admin.connect();
      const configEntries = Object.entries(COMPACT).map(([name, value]) => ({ name, value }));
      await admin.createTopics({
        topics: ['by-kafka', 'by-us'].map((topic) => ({ topic, configEntries })),
        waitForLeaders: false,
      });
      await admin.disconnect();
      await write(kafka.address, 'by-kafka');
      const isCompacted = () => readFileSync(join(folder, 'cleaner-offset-checkpoint'), 'utf8').includes('by-kafka 0');
      await vi.waitUntil(isCompacted, { timeout: 120_000, interval: 500 });
      await kafka.stop();

      const compacted: unknown[] = [];
      const logger = (_: string, message: string, fields?: object) => {
        if (message === 'log compacted') compacted.push((fields as { partition: string }).partition);
      };
      const ours = await startBroker({ data: folder, listen: { port: 0 }, compactionCheckIntervalMs: 100, logger });
      const address = `${ours.host}:${ours.port}`;
      const theirs = await read(address, 'by-kafka', folder);
      expect(theirs.last).toEqual(LAST);
      expect(theirs.count).toBeLessThan(300);
      const settings = kafkajsClient(address).admin();
      await settings.connect();
      await settings.alterConfigs({ validateOnly: false, resources: [{ type: 2, name: 'by-us', configEntries }] });
      await settings.disconnect();
      await write(address, 'by-us');
      await vi.waitUntil(() => compacted.includes('by-us-0'), { timeout: 60_000 });
      await ours.close();
      const indexes = readdirSync(join(folder, 'by-us-0')).filter((name) => /\.(time)?index$/.test(name));
      const files = indexes.map((name) => join(folder, 'by-us-0', name)).join(',');
      const verified = await kafkaTool('org.apache.kafka.tools.DumpLogSegments', [
        '--files',
        files,
        '--verify-index-only',
      ]);
      expect(verified).not.toMatch(/mismatch|not found|out of order/i);

      kafka = await startKafka(folder);
      const here = await read(kafka.address, 'by-us', folder);
      expect(here.last).toEqual(LAST);
      expect(here.count).toBeLessThan(300);
      await kafka.stop();
    },
  );
});
