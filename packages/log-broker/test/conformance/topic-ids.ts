import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { ErrorCode } from '../../src/wire/error-code.ts';
import { OffsetCommit } from '../../src/wire/generated/offset-commit.ts';
import { OffsetFetch } from '../../src/wire/generated/offset-fetch.ts';
import { ZERO_UUID } from '../../src/wire/message-schema.ts';
import { SOON, batchOf, unique } from './broker-under-test.ts';
import type { BrokerUnderTest } from './broker-under-test.ts';
import type { Chapter } from './behaviour.ts';

const { UNKNOWN_TOPIC_ID, UNKNOWN_TOPIC_OR_PARTITION } = ErrorCode;

/** The newest versions that Apache Kafka 4.3's clients use. */
const PRODUCE = 13;
const FETCH_VERSIONS = [13, 14, 15, 16, 17, 18];

const newId = () => randomBytes(16).toString('base64url');

async function commit(at: BrokerUnderTest, groupId: string, topicId: string, partitionIndex = 0) {
  const partition = { partitionIndex, committedOffset: 7, committedLeaderEpoch: -1, committedMetadata: 'm' };
  const answer = await at.wire.send(OffsetCommit, 10, {
    groupId,
    generationIdOrMemberEpoch: -1,
    memberId: '',
    groupInstanceId: null,
    topics: [{ name: '', topicId, partitions: [partition] }],
  });
  expect(answer.topics[0]?.topicId).toBe(topicId);
  return answer.topics[0]?.partitions[0]?.errorCode;
}

async function committed(at: BrokerUnderTest, groupId: string, topicIds: string[] | null) {
  const topics = topicIds?.map((topicId) => ({ name: '', topicId, partitionIndexes: [0] })) ?? null;
  const group = { groupId, memberId: null, memberEpoch: -1, topics };
  const { groups } = await at.wire.send(OffsetFetch, 10, { groups: [group], requireStable: false });
  const found = groups?.[0]?.topics ?? [];
  return found.map(({ topicId, partitions }) => {
    const [partition] = partitions ?? [];
    return [topicId, partition?.committedOffset, partition?.errorCode];
  });
}

export const topicIds: Chapter = {
  title: 'Topics by id',
  behaviours: [
    {
      title: 'writes to a topic and reads it by its id, in each version that has ids',
      show: async (at) => {
        const topic = await at.newTopic('identified');
        const topicId = await at.topicId(topic);
        const written = await at.produce('', batchOf(['a']), { topicId, version: PRODUCE });
        expect(written).toMatchObject({ errorCode: 0, baseOffset: 0 });
        for (const version of FETCH_VERSIONS) {
          const read = await at.fetch('', { topicId, version });
          expect(read, String(version)).toMatchObject({ errorCode: 0, highWatermark: 1 });
          expect(read?.records?.length).toBe(batchOf(['a']).length);
        }
      },
    },
    {
      title: 'delays a fetch by id until a record arrives',
      show: async (at) => {
        const topic = await at.newTopic('parked');
        const topicId = await at.topicId(topic);
        const writer = at.kafka.producer();
        await writer.connect();
        const fetched = at.fetch('', { topicId, version: 17, waitMs: 20_000 });
        await writer.send({ topic, messages: [{ value: 'at last' }] });
        await writer.disconnect();
        expect(String((await fetched)?.records)).toContain('at last');
      },
    },
    {
      title: 'refuses an id that no topic has, the zero id, and a partition that the topic does not have',
      show: async (at) => {
        const topic = await at.newTopic('one-partition');
        for (const topicId of [newId(), ZERO_UUID]) {
          const written = await at.produce('', batchOf(['a']), { topicId, version: PRODUCE });
          expect(written).toMatchObject({ errorCode: UNKNOWN_TOPIC_ID });
          for (const version of FETCH_VERSIONS) {
            expect(await at.fetch('', { topicId, version })).toMatchObject({ errorCode: UNKNOWN_TOPIC_ID });
          }
          expect(await commit(at, unique('group'), topicId)).toBe(UNKNOWN_TOPIC_ID);
        }
        expect(await commit(at, unique('group'), await at.topicId(topic), 9)).toBe(UNKNOWN_TOPIC_OR_PARTITION);
      },
    },
    {
      title: 'does not take a topic that was created again for the former one',
      show: async (at) => {
        const topic = await at.newTopic('recreated');
        const former = await at.topicId(topic);
        await at.admin.deleteTopics({ topics: [topic] });
        await at.admin.createTopics({ topics: [{ topic }], waitForLeaders: false });
        // Kafka has created it, and serves it a moment later.
        await expect.poll(async () => (await at.fetch(topic))?.errorCode, SOON).toBe(0);
        expect(await at.fetch('', { topicId: former, version: 13 })).toMatchObject({ errorCode: UNKNOWN_TOPIC_ID });
        const written = await at.produce('', batchOf(['a']), { topicId: former, version: PRODUCE });
        expect(written).toMatchObject({ errorCode: UNKNOWN_TOPIC_ID });
        const topicId = await at.topicId(topic);
        expect(await at.fetch('', { topicId, version: 13 })).toMatchObject({ errorCode: 0, highWatermark: 0 });
      },
    },
    {
      title: 'commits offsets by topic id, and returns them by id, all or those of some topics',
      show: async (at) => {
        const groupId = unique('group');
        const one = await at.topicId(await at.newTopic('committed'));
        const other = await at.topicId(await at.newTopic('not-committed'));
        const unknown = newId();
        expect(await commit(at, groupId, one)).toBe(0);
        expect(await committed(at, groupId, null)).toEqual([[one, 7, 0]]);
        expect(await committed(at, groupId, [one, other])).toEqual([[one, 7, 0], [other, -1, 0]]); // prettier-ignore
        expect(await committed(at, groupId, [unknown])).toEqual([[unknown, -1, UNKNOWN_TOPIC_ID]]);
      },
    },
  ],
};
