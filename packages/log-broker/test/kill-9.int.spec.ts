import assert from 'node:assert/strict';
import { afterAll, describe, expect, it } from 'vitest';
import { startBrokerProcess, temporaryFolder } from './broker-process.ts';
import { OffsetCommit } from '../src/wire/generated/offset-commit.ts';
import { OffsetFetch } from '../src/wire/generated/offset-fetch.ts';
import { WireClient } from './wire-client.ts';
import { kafkajsClient } from './kafkajs-client.ts';
import type { Kafka } from 'kafkajs';

const ROUNDS = Number(process.env.KILL_ROUNDS ?? 3);
const PARTITIONS = 3;

async function commit(client: WireClient, committedOffset: number): Promise<void> {
  const partitions = [{ partitionIndex: 0, committedOffset, committedLeaderEpoch: -1, committedMetadata: '' }];
  const topics = [{ name: 'kept', topicId: '', partitions }];
  const groupId = 'committers';
  const answer = await client.send(OffsetCommit, 7, { groupId, generationIdOrMemberEpoch: -1, memberId: '', topics });
  assert.equal(answer.topics[0]?.partitions[0]?.errorCode, 0);
}

async function committedOffset(client: WireClient): Promise<number | undefined> {
  const topics = [{ name: 'kept', partitionIndexes: [0] }];
  const answer = await client.send(OffsetFetch, 5, { groupId: 'committers', topics });
  return answer.topics?.[0]?.partitions?.[0]?.committedOffset;
}

describe('a broker killed with kill -9 under load', () => {
  const folder = temporaryFolder();
  const acknowledged = new Map<string, { partition: number; offset: number }>();
  let sequence = 0;
  afterAll(() => folder.remove());

  /** Sends until the connection breaks; keeps every record whose acknowledgement arrived. */
  async function produceUntilKilled(kafka: Kafka, kill: () => Promise<void>): Promise<void> {
    const producer = kafka.producer({ allowAutoTopicCreation: false, retry: { retries: 0 } });
    await producer.connect();
    let sent = 0;
    const worker = async (killed: () => void): Promise<void> => {
      for (;;) {
        const values = Array.from({ length: 5 }, () => `value-${sequence++}`);
        const partition = sequence % PARTITIONS;
        try {
          const messages = values.map((value) => ({ value, partition }));
          const [answer] = await producer.send({ topic: 'kept', acks: -1, messages });
          values.forEach((value, i) => {
            acknowledged.set(value, { partition, offset: Number(answer?.baseOffset) + i });
          });
        } catch {
          return;
        }
        if ((sent += 1) === 60) {
          await kill();
          killed();
        }
      }
    };
    await new Promise<void>((resolve) => {
      for (let i = 0; i < 4; i++) void worker(resolve);
    });
    void producer.disconnect().catch(() => {});
  }

  it(`has every acknowledged record at its offset, every committed offset, after each of ${ROUNDS} kills`, async () => {
    let committed = -1;
    for (let round = 0; round < ROUNDS; round++) {
      const broker = await startBrokerProcess(folder.path, '--segment-bytes', '20000');
      const kafka = kafkajsClient(broker.address);
      const client = await WireClient.connect(broker.address);
      const admin = kafka.admin();
      await admin.connect();
      if (round === 0) await admin.createTopics({ topics: [{ topic: 'kept', numPartitions: PARTITIONS }] });
      else assert.equal(await committedOffset(client), committed);
      committed = round * 10;
      await commit(client, committed);
      await produceUntilKilled(kafka, () => broker.kill());
      void admin.disconnect().catch(() => {});
    }

    const broker = await startBrokerProcess(folder.path);
    const kafka = kafkajsClient(broker.address);
    const stored = await readAll(kafka);
    expect(acknowledged.size).toBeGreaterThan(ROUNDS * 100);
    for (const [value, { partition, offset }] of acknowledged) {
      expect(stored.get(`${partition}:${offset}`), `${value} at ${partition}:${offset}`).toBe(value);
    }
    expect(await broker.stop()).toBe(0);
  });

  async function readAll(kafka: Kafka): Promise<Map<string, string>> {
    const admin = kafka.admin();
    await admin.connect();
    const ends = await admin.fetchTopicOffsets('kept');
    await admin.disconnect();
    const total = ends.reduce((sum, { high }) => sum + Number(high), 0);
    const stored = new Map<string, string>();
    const consumer = kafka.consumer({ groupId: 'reader', maxWaitTimeInMs: 100 });
    await consumer.connect();
    await consumer.subscribe({ topic: 'kept', fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      consumer
        .run({
          eachMessage: ({ partition, message }) => {
            stored.set(`${partition}:${message.offset}`, String(message.value));
            if (stored.size >= total) resolve();
            return Promise.resolve();
          },
        })
        .catch(reject);
    });
    await consumer.disconnect();
    return stored;
  }

  it('starts again while its lock file names the killed process, and logs that the shutdown was not clean', async () => {
    const first = await startBrokerProcess(folder.path);
    await first.kill();
    const second = await startBrokerProcess(folder.path);
    expect(second.log.find(({ message }) => message === 'ready')).toMatchObject({ clean: false });
    await second.stop();
    const third = await startBrokerProcess(folder.path);
    expect(third.log.find(({ message }) => message === 'ready')).toMatchObject({ clean: true });
    await third.stop();
  });

  it('is refused a second time on the same data, with the process id of the holder', async () => {
    const holder = await startBrokerProcess(folder.path);
    await expect(startBrokerProcess(folder.path)).rejects.toThrow(`process id ${holder.pid}`);
    await holder.stop();
  });
});
