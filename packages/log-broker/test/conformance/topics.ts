import { expect } from 'vitest';
import { ErrorCode } from '../../src/wire/error-code.ts';
import { CreatePartitions } from '../../src/wire/generated/create-partitions.ts';
import { CreateTopics } from '../../src/wire/generated/create-topics.ts';
import type { CreatableTopic } from '../../src/wire/generated/create-topics.ts';
import { DeleteTopics } from '../../src/wire/generated/delete-topics.ts';
import { DescribeLogDirs } from '../../src/wire/generated/describe-log-dirs.ts';
import { Metadata } from '../../src/wire/generated/metadata.ts';
import { SOON, batchOf, unique } from './broker-under-test.ts';
import type { BrokerUnderTest } from './broker-under-test.ts';
import type { Chapter } from './behaviour.ts';

async function create(at: BrokerUnderTest, wanted: Partial<CreatableTopic>, validateOnly = false) {
  const topic = {
    name: unique('made'),
    numPartitions: 1,
    replicationFactor: 1,
    assignments: [],
    configs: [],
    ...wanted,
  };
  const answer = await at.wire.send(CreateTopics, 7, { topics: [topic], timeoutMs: 5_000, validateOnly });
  return answer.topics[0];
}

async function describeTopic(at: BrokerUnderTest, name: string, allowAutoTopicCreation = false) {
  const answer = await at.wire.send(Metadata, 12, { topics: [{ name, topicId: '' }], allowAutoTopicCreation });
  return answer.topics[0];
}

/** Kafka answers a creation before each broker's metadata has it. */
async function expectPartitions(at: BrokerUnderTest, name: string, count: number): Promise<void> {
  await expect.poll(async () => (await describeTopic(at, name))?.partitions, SOON).toHaveLength(count);
}

export const topics: Chapter = {
  title: 'Topics',
  behaviours: [
    {
      title: 'creates a topic with its partitions and settings, and answers with all of them',
      show: async (at) => {
        const name = unique('made');
        const configs = [{ name: 'retention.ms', value: '60000' }];
        const answer = await create(at, { name, numPartitions: 3, configs });
        expect(answer).toMatchObject({ errorCode: 0, numPartitions: 3, replicationFactor: 1 });
        expect(answer?.configs?.find((each) => each.name === 'retention.ms')?.value).toBe('60000');
        await expectPartitions(at, name, 3);
      },
    },
    {
      title:
        'refuses a name that exists or is invalid, no partitions, an unknown setting and more replicas than brokers',
      show: async (at) => {
        const name = await at.newTopic('taken');
        expect(await create(at, { name })).toMatchObject({ errorCode: ErrorCode.TOPIC_ALREADY_EXISTS });
        expect(await create(at, { name: 'a b' })).toMatchObject({ errorCode: ErrorCode.INVALID_TOPIC_EXCEPTION });
        expect(await create(at, { numPartitions: 0 })).toMatchObject({ errorCode: ErrorCode.INVALID_PARTITIONS });
        const copies = await create(at, { replicationFactor: 9 });
        expect(copies).toMatchObject({ errorCode: ErrorCode.INVALID_REPLICATION_FACTOR });
        const setting = await create(at, { configs: [{ name: 'no.such.setting', value: '1' }] });
        expect(setting).toMatchObject({ errorCode: ErrorCode.INVALID_CONFIG });
      },
    },
    {
      title: 'refuses a name that differs from another only in dots and underscores',
      show: async (at) => {
        const name = unique('dotted.name');
        await create(at, { name });
        const other = await create(at, { name: name.replace('.', '_') });
        expect(other).toMatchObject({ errorCode: ErrorCode.INVALID_TOPIC_EXCEPTION });
      },
    },
    {
      title: 'validates a topic without creating it',
      show: async (at) => {
        const name = unique('only-judged');
        expect(await create(at, { name }, true)).toMatchObject({ errorCode: 0 });
        expect(await describeTopic(at, name)).toMatchObject({ errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION });
      },
    },
    {
      title: 'adds partitions and never removes them',
      show: async (at) => {
        const name = await at.newTopic('grown', 2);
        const grow = async (count: number) => {
          const wanted = [{ name, count, assignments: null }];
          return (await at.wire.send(CreatePartitions, 3, { topics: wanted, timeoutMs: 5_000 })).results[0]?.errorCode;
        };
        expect(await grow(4)).toBe(0);
        await expectPartitions(at, name, 4);
        expect(await grow(3)).toBe(ErrorCode.INVALID_PARTITIONS);
      },
    },
    {
      title: 'finds a topic by its id, and deletes it by its id',
      show: async (at) => {
        const name = await at.newTopic('by-id');
        await expectPartitions(at, name, 1);
        const topicId = (await describeTopic(at, name))?.topicId ?? '';
        const found = await at.wire.send(Metadata, 12, { topics: [{ name: null, topicId }] });
        expect(found.topics[0]).toMatchObject({ errorCode: 0, name });
        const deleted = await at.wire.send(DeleteTopics, 6, { topics: [{ name: null, topicId }], timeoutMs: 5_000 });
        expect(deleted.responses[0]).toMatchObject({ errorCode: 0, name });
        expect(await at.admin.listTopics()).not.toContain(name);
        const again = await at.wire.send(DeleteTopics, 6, { topics: [{ name: null, topicId }], timeoutMs: 5_000 });
        expect(again.responses[0]).toMatchObject({ errorCode: ErrorCode.UNKNOWN_TOPIC_ID });
      },
    },
    {
      title: 'reports the size of a partition on the disk',
      show: async (at) => {
        const name = await at.newTopic('sized');
        const batch = batchOf(['x'.repeat(1_000)]);
        await at.produce(name, batch);
        const answer = await at.wire.send(DescribeLogDirs, 4, { topics: [{ topic: name, partitions: [0] }] });
        const partitions = [{ partitionIndex: 0, partitionSize: batch.length, offsetLag: 0 }];
        expect(answer.results).toMatchObject([{ errorCode: 0, topics: [{ name, partitions }] }]);
      },
    },
    {
      title: 'gives a topic that is created again another id and an empty log',
      show: async (at) => {
        const name = await at.newTopic('again');
        const before = await describeTopic(at, name);
        await at.admin.deleteTopics({ topics: [name] });
        await create(at, { name });
        await expectPartitions(at, name, 1);
        // A broker of Kafka hears of its controller's changes a little later.
        const newId = async () => (await describeTopic(at, name))?.topicId ?? before?.topicId;
        await expect.poll(newId, SOON).not.toBe(before?.topicId);
        await expect.poll(() => at.offsetAt(name, -1), SOON).toBe(0);
      },
    },
    {
      title: 'creates a missing topic before the metadata answer',
      missing: {
        on: 'Apache Kafka',
        because:
          'Kafka answers UNKNOWN_TOPIC_OR_PARTITION, creates the topic in the background, and clients retry. A single process can do it at once.',
      },
      show: async (at) => {
        expect(await describeTopic(at, unique('auto-created'), true)).toMatchObject({ errorCode: 0 });
      },
    },
    {
      title: 'does not create a topic unless the client allows it',
      show: async (at) => {
        const name = unique('missing');
        expect(await describeTopic(at, name)).toMatchObject({ errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION });
        expect(await describeTopic(at, name)).toMatchObject({ errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION });
      },
    },
  ],
};
