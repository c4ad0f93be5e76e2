import { expect } from 'vitest';
import type { Consumer } from 'kafkajs';
import { ErrorCode } from '../../src/wire/error-code.ts';
import { DescribeGroups } from '../../src/wire/generated/describe-groups.ts';
import { Heartbeat } from '../../src/wire/generated/heartbeat.ts';
import { JoinGroup } from '../../src/wire/generated/join-group.ts';
import type { JoinGroupRequest } from '../../src/wire/generated/join-group.ts';
import { LeaveGroup } from '../../src/wire/generated/leave-group.ts';
import { ListGroups } from '../../src/wire/generated/list-groups.ts';
import { OffsetCommit } from '../../src/wire/generated/offset-commit.ts';
import { OffsetDelete } from '../../src/wire/generated/offset-delete.ts';
import { OffsetFetch } from '../../src/wire/generated/offset-fetch.ts';
import { SyncGroup } from '../../src/wire/generated/sync-group.ts';
import { readRecords } from '../kafkajs-client.ts';
import { batchOf, unique } from './broker-under-test.ts';
import type { BrokerUnderTest } from './broker-under-test.ts';
import type { Chapter } from './behaviour.ts';

const PROTOCOLS = [{ name: 'range', metadata: Buffer.alloc(0) }];

async function join(at: BrokerUnderTest, groupId: string, wishes: Partial<JoinGroupRequest> = {}) {
  return at.wire.send(JoinGroup, 5, {
    groupId,
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 10_000,
    memberId: '',
    groupInstanceId: null,
    protocolType: 'consumer',
    protocols: PROTOCOLS,
    ...wishes,
  });
}

/** A group with one member that has its assignment. */
async function settledGroup(at: BrokerUnderTest, groupInstanceId: string | null = null) {
  const groupId = unique('group');
  const first = await join(at, groupId, { groupInstanceId });
  const { memberId } = first;
  const joined = first.errorCode === 0 ? first : await join(at, groupId, { memberId, groupInstanceId });
  const member = { groupId, generationId: joined.generationId ?? -1, memberId, groupInstanceId };
  const assignments = [{ memberId, assignment: Buffer.from('mine') }];
  const synced = await at.wire.send(SyncGroup, 3, { ...member, assignments });
  expect(String(synced.assignment)).toBe('mine');
  return member;
}

async function commit(
  at: BrokerUnderTest,
  member: { groupId: string; generationId: number; memberId: string },
  topic: string,
  offset: number,
  committedMetadata = 'note',
) {
  const partitions = [{ partitionIndex: 0, committedOffset: offset, committedLeaderEpoch: -1, committedMetadata }];
  const answer = await at.wire.send(OffsetCommit, 7, {
    groupId: member.groupId,
    generationIdOrMemberEpoch: member.generationId,
    memberId: member.memberId,
    groupInstanceId: null,
    topics: [{ name: topic, topicId: '', partitions }],
  });
  return answer.topics[0]?.partitions[0]?.errorCode;
}

function inOrder(partitions: readonly number[]): number[] {
  return partitions.toSorted((a, b) => a - b);
}

async function partitionsGiven(consumer: Consumer): Promise<number[]> {
  return new Promise((resolve) => {
    const stop = consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      stop();
      resolve(inOrder(Object.values(payload.memberAssignment).flat()));
    });
  });
}

const NO_MEMBER = { generationId: -1, memberId: '' };

export const groups: Chapter = {
  title: 'Groups',
  behaviours: [
    {
      title: 'continues where a group has committed',
      show: async (at) => {
        const topic = await at.newTopic('commit');
        const groupId = unique('group');
        await at.produce(topic, batchOf(['a', 'b']));
        expect((await readRecords(at.kafka, topic, 2, groupId)).map(({ value }) => value)).toEqual(['a', 'b']);
        await at.produce(topic, batchOf(['c']));
        expect((await readRecords(at.kafka, topic, 1, groupId)).map(({ value }) => value)).toEqual(['c']);
        const [offsets] = await at.admin.fetchOffsets({ groupId, topics: [topic] });
        expect(offsets?.partitions[0]?.offset).toBe('3');
      },
    },
    {
      title: 'gives partitions to a member that joins, and shares those of a member that leaves',
      show: async (at) => {
        const topic = await at.newTopic('shared', 4);
        const groupId = unique('group');
        const start = async () => {
          const consumer = at.kafka.consumer({ groupId, heartbeatInterval: 100, maxWaitTimeInMs: 100 });
          await consumer.connect();
          await consumer.subscribe({ topic });
          const given = partitionsGiven(consumer);
          await consumer.run({ eachMessage: () => Promise.resolve() });
          return { consumer, given: await given };
        };
        const one = await start();
        expect(one.given).toEqual([0, 1, 2, 3]);
        const lessThanBefore = partitionsGiven(one.consumer);
        const two = await start();
        const shared = inOrder([...(await lessThanBefore), ...two.given]);
        expect(shared).toEqual([0, 1, 2, 3]);
        expect(two.given).toHaveLength(2);
        const allAgain = partitionsGiven(one.consumer);
        await two.consumer.disconnect();
        expect(await allAgain).toEqual([0, 1, 2, 3]);
        await one.consumer.disconnect();
      },
    },
    {
      title: 'lists, describes and deletes groups, but not one with members',
      show: async (at) => {
        const member = await settledGroup(at);
        const { groups: described } = await at.admin.describeGroups([member.groupId]);
        expect(described[0]).toMatchObject({ state: 'Stable', protocolType: 'consumer', protocol: 'range' });
        expect(described[0]?.members).toHaveLength(1);
        const listed = await at.wire.send(ListGroups, 4, { statesFilter: ['Stable'], typesFilter: [] });
        expect(listed.groups.map(({ groupId }) => groupId)).toContain(member.groupId);
        await expect(at.admin.deleteGroups([member.groupId])).rejects.toThrow(/./);
        await at.wire.send(LeaveGroup, 2, { groupId: member.groupId, memberId: member.memberId });
        await at.admin.deleteGroups([member.groupId]);
        expect((await at.admin.listGroups()).groups.map(({ groupId }) => groupId)).not.toContain(member.groupId);
      },
    },
    {
      title: 'describes an unknown group as dead',
      show: async (at) => {
        const answer = await at.wire.send(DescribeGroups, 5, { groups: [unique('group')] });
        expect(answer.groups[0]).toMatchObject({ errorCode: 0, groupState: 'Dead', members: [] });
      },
    },
    {
      title: 'makes a new member join again with the id it is given, and refuses an id that it never gave',
      show: async (at) => {
        const groupId = unique('group');
        const first = await join(at, groupId);
        expect(first.errorCode).toBe(ErrorCode.MEMBER_ID_REQUIRED);
        expect(first.memberId).not.toBe('');
        const unknown = await join(at, groupId, { memberId: 'unknown' });
        expect(unknown.errorCode).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
      },
    },
    {
      title: 'refuses a session time-out out of bounds, a group without a name and protocols that members do not share',
      show: async (at) => {
        const { groupId } = await settledGroup(at);
        const short = await join(at, groupId, { sessionTimeoutMs: 1 });
        expect(short.errorCode).toBe(ErrorCode.INVALID_SESSION_TIMEOUT);
        expect((await join(at, '')).errorCode).toBe(ErrorCode.INVALID_GROUP_ID);
        const other = await join(at, groupId, { protocols: [{ name: 'other', metadata: Buffer.alloc(0) }] });
        expect(other.errorCode).toBe(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
      },
    },
    {
      title: 'refuses heartbeats and commits of unknown members and of an older generation',
      show: async (at) => {
        const member = await settledGroup(at);
        const topic = await at.newTopic('strangers');
        const beat = async (change: object) => (await at.wire.send(Heartbeat, 3, { ...member, ...change })).errorCode;
        expect(await beat({})).toBe(0);
        expect(await beat({ memberId: 'unknown' })).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
        expect(await beat({ generationId: 0 })).toBe(ErrorCode.ILLEGAL_GENERATION);
        expect(await commit(at, member, topic, 5)).toBe(0);
        expect(await commit(at, { ...member, generationId: 0 }, topic, 6)).toBe(ErrorCode.ILLEGAL_GENERATION);
        expect(await commit(at, { ...member, ...NO_MEMBER }, topic, 7)).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
        expect(await commit(at, { ...member, memberId: 'unknown' }, topic, 8)).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
      },
    },
    {
      title: 'gives a static member that returns its assignment without a new generation, and fences its predecessor',
      show: async (at) => {
        const member = await settledGroup(at, 'instance-1');
        const back = await join(at, member.groupId, { groupInstanceId: 'instance-1' });
        expect(back).toMatchObject({ errorCode: 0, generationId: member.generationId });
        expect(back.memberId).not.toBe(member.memberId);
        expect((await at.wire.send(Heartbeat, 3, member)).errorCode).toBe(ErrorCode.FENCED_INSTANCE_ID);
        const again = await at.wire.send(SyncGroup, 3, { ...member, memberId: back.memberId, assignments: [] });
        expect(String(again.assignment)).toBe('mine');
      },
    },
    {
      title: 'removes a static member by its instance id',
      show: async (at) => {
        const { groupId } = await settledGroup(at, 'instance-1');
        const members = [{ memberId: '', groupInstanceId: 'instance-1', reason: null }];
        const answer = await at.wire.send(LeaveGroup, 3, { groupId, members });
        expect(answer).toMatchObject({ errorCode: 0, members: [{ groupInstanceId: 'instance-1', errorCode: 0 }] });
        const { groups: described } = await at.admin.describeGroups([groupId]);
        expect(described[0]).toMatchObject({ state: 'Empty' });
      },
    },
    {
      title: 'keeps offsets that another client commits for a group without members, with their metadata',
      show: async (at) => {
        const groupId = unique('group');
        const topic = await at.newTopic('outside');
        expect(await commit(at, { groupId, ...NO_MEMBER }, topic, 7)).toBe(0);
        expect(await commit(at, { groupId, ...NO_MEMBER }, unique('absent'), 7)).toBe(
          ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
        );
        const tooMuch = await commit(at, { groupId, ...NO_MEMBER }, topic, 8, 'x'.repeat(5_000));
        expect(tooMuch).toBe(ErrorCode.OFFSET_METADATA_TOO_LARGE);
        const all = await at.wire.send(OffsetFetch, 7, { groupId, topics: null });
        expect(all.topics).toMatchObject([{ name: topic, partitions: [{ committedOffset: 7, metadata: 'note' }] }]);
        const none = await at.wire.send(OffsetFetch, 8, {
          groups: [groupId, unique('group')].map((each) => ({
            groupId: each,
            memberId: null,
            memberEpoch: -1,
            topics: [{ name: topic, topicId: '', partitionIndexes: [0] }],
          })),
        });
        const offsets = none.groups?.map(({ topics }) => topics?.[0]?.partitions?.[0]?.committedOffset);
        expect(offsets).toEqual([7, -1]);
      },
    },
    {
      title: 'deletes committed offsets, but not of a topic that members subscribe to',
      show: async (at) => {
        const groupId = unique('group');
        const topic = await at.newTopic('read');
        const left = await at.newTopic('left');
        const consumer = at.kafka.consumer({ groupId, maxWaitTimeInMs: 100 });
        await consumer.connect();
        await consumer.subscribe({ topic });
        const given = partitionsGiven(consumer);
        await consumer.run({ eachMessage: () => Promise.resolve() });
        await given;
        const forget = async (name: string) => {
          const topics = [{ name, partitions: [{ partitionIndex: 0 }] }];
          const answer = await at.wire.send(OffsetDelete, 0, { groupId, topics });
          return answer.topics[0]?.partitions[0]?.errorCode;
        };
        expect(await forget(topic)).toBe(ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC);
        expect(await forget(left)).toBe(0);
        await consumer.disconnect();
        expect(await forget(topic)).toBe(0);
      },
    },
  ],
};
