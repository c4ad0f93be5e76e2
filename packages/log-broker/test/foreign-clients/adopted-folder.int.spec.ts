import { cpSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startBroker } from '../../src/index.ts';
import { ConsumerGroupHeartbeat } from '../../src/wire/generated/consumer-group-heartbeat.ts';
import { temporaryFolder } from '../broker-process.ts';
import { kafkajsClient, readRecords } from '../kafkajs-client.ts';
import { WireClient } from '../wire-client.ts';
import { startKafka } from './kafka-process.ts';
import { HAS_KAFKA_TOOLS } from './kafka-tools.ts';

// Starts Apache Kafka three times, which takes several seconds each, and more on a busy machine.
const SLOW = 300_000;

const GROUP = 'readers';

/** The work of each stage: an aborted and a committed transaction, then compressed records. */
async function write(address: string, topic: string, stage: string): Promise<void> {
  const kafka = kafkajsClient(address);
  // Coordinators are ready some time after the broker.
  const retry = { retries: 20 };
  const transactional = kafka.producer({ transactionalId: 'writer', maxInFlightRequests: 1, idempotent: true, retry });
  await transactional.connect();
  const aborted = await transactional.transaction();
  await aborted.send({ topic, messages: [{ value: `${stage} aborted` }] });
  await aborted.abort();
  const committed = await transactional.transaction();
  await committed.send({ topic, messages: [{ value: `${stage} committed` }] });
  await committed.commit();
  await transactional.disconnect();
  const plain = kafka.producer({ idempotent: true, retry });
  await plain.connect();
  const messages = ['a', 'b', 'c'].map((name) => ({ value: `${stage} ${name}` }));
  await plain.send({ topic, messages, compression: kafkajs.CompressionTypes.GZIP });
  await plain.disconnect();
}

const writtenAt = (stage: string) => ['committed', 'a', 'b', 'c'].map((what) => `${stage} ${what}`);

async function read(address: string, topic: string, count: number, groupId: string): Promise<string[]> {
  const records = await readRecords(kafkajsClient(address), topic, count, groupId);
  return records.map(({ value }) => value);
}

async function createTopic(address: string, topic: string): Promise<void> {
  const admin = kafkajsClient(address).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 1, replicationFactor: 1 }], waitForLeaders: false });
  const isServed = () =>
    admin.fetchTopicOffsets(topic).then(
      ({ length }) => length === 1,
      () => false,
    );
  await vi.waitUntil(isServed, { timeout: 20_000 });
  await admin.disconnect();
}

/** A member of a consumer group (KIP-848) that knows both brokers as one. */
class Member {
  epoch = 0;
  owned: { topicId: string; partitions: number[] }[] = [];

  /** Sends heartbeats until it has partitions. */
  async beat(address: string, topic: string): Promise<void> {
    const wire = await WireClient.connect(address);
    await vi.waitUntil(
      async () => {
        const answer = await wire.send(ConsumerGroupHeartbeat, 1, {
          groupId: 'assigned',
          memberId: 'member',
          memberEpoch: this.epoch,
          rebalanceTimeoutMs: 60_000,
          subscribedTopicNames: [topic],
          topicPartitions: this.owned,
        });
        expect(answer).toMatchObject({ errorCode: 0 });
        this.epoch = answer.memberEpoch;
        if (answer.assignment) this.owned = answer.assignment.topicPartitions;
        return this.owned.length > 0;
      },
      { timeout: 20_000 },
    );
    wire.close();
  }
}

describe.skipIf(!HAS_KAFKA_TOOLS)(
  'one data folder, log-broker and Apache Kafka in turns (needs java and KAFKA_LIBS)',
  () => {
    let folder: ReturnType<typeof temporaryFolder>;
    let data: string;
    beforeAll(() => {
      folder = temporaryFolder();
      data = join(folder.path, 'data');
    });
    afterAll(() => folder.remove());

    it(
      'each goes on where the other stopped: records, transactions, committed offsets, members of groups',
      { timeout: SLOW },
      async () => {
        let kafka = await startKafka(data);
        await createTopic(kafka.address, 'shared');
        await write(kafka.address, 'shared', 'kafka');
        expect(await read(kafka.address, 'shared', 4, GROUP)).toEqual(writtenAt('kafka'));
        const member = new Member();
        await member.beat(kafka.address, 'shared');
        const given = member.owned;
        await kafka.stop();

        // The same folder, as it is.
        const ours = await startBroker({ data, listen: { port: 0 } });
        const address = `${ours.host}:${ours.port}`;
        await write(address, 'shared', 'ours');
        expect(await read(address, 'shared', 4, GROUP)).toEqual(writtenAt('ours'));
        // It is still a member, with the same partitions.
        await member.beat(address, 'shared');
        expect(member.owned).toEqual(given);
        await createTopic(address, 'new');
        await write(address, 'new', 'new');
        await ours.close();

        // Kafka sets folders aside whose topic it has not created itself.
        renameSync(join(data, 'new-0'), join(folder.path, 'new-0'));
        kafka = await startKafka(data);
        await write(kafka.address, 'shared', 'kafka again');
        expect(await read(kafka.address, 'shared', 4, GROUP)).toEqual(writtenAt('kafka again'));
        await member.beat(kafka.address, 'shared');
        expect(member.owned).toEqual(given);
        const all = ['kafka', 'ours', 'kafka again'].flatMap(writtenAt);
        expect(await read(kafka.address, 'shared', 12, 'from the start')).toEqual(all);
        await createTopic(kafka.address, 'new');
        await kafka.stop();

        // The files of log-broker are copied under the id that Kafka has given the topic.
        const identity = readFileSync(join(data, 'new-0', 'partition.metadata'));
        cpSync(join(folder.path, 'new-0'), join(data, 'new-0'), { recursive: true });
        writeFileSync(join(data, 'new-0', 'partition.metadata'), identity);
        kafka = await startKafka(data);
        expect(await read(kafka.address, 'new', 4, 'new readers')).toEqual(writtenAt('new'));
        await kafka.stop();
      },
    );
  },
);
