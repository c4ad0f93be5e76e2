import { randomUUID } from 'node:crypto';
import { expect, vi } from 'vitest';
import { ErrorCode } from '../../src/wire/error-code.ts';
import { ConsumerGroupDescribe } from '../../src/wire/generated/consumer-group-describe.ts';
import { ConsumerGroupHeartbeat } from '../../src/wire/generated/consumer-group-heartbeat.ts';
import type { ConsumerGroupHeartbeatRequest } from '../../src/wire/generated/consumer-group-heartbeat.ts';
import { ListGroups } from '../../src/wire/generated/list-groups.ts';
import { OffsetCommit } from '../../src/wire/generated/offset-commit.ts';
import { OffsetDelete } from '../../src/wire/generated/offset-delete.ts';
import { OffsetFetch } from '../../src/wire/generated/offset-fetch.ts';
import { SOON, unique } from './broker-under-test.ts';
import type { BrokerUnderTest } from './broker-under-test.ts';
import type { Chapter } from './behaviour.ts';

const LEAVES = -1;
const LEFT_STATICALLY = -2;

interface Owned {
  readonly topicId: string;
  readonly partitions: number[];
}

/** A member that does what a client does: it reports what it has, and takes over what it is given. */
export class Member {
  readonly id = randomUUID();
  epoch = 0;
  owned: Owned[] = [];
  readonly at: BrokerUnderTest;
  readonly groupId: string;
  readonly topics: string[];
  readonly rest: Partial<ConsumerGroupHeartbeatRequest>;

  constructor(
    at: BrokerUnderTest,
    groupId: string,
    topics: string[],
    rest: Partial<ConsumerGroupHeartbeatRequest> = {},
  ) {
    this.at = at;
    this.groupId = groupId;
    this.topics = topics;
    this.rest = rest;
  }

  /** Sends exactly this, and changes nothing here. */
  send(wishes: Partial<ConsumerGroupHeartbeatRequest> = {}) {
    return this.at.wire.send(ConsumerGroupHeartbeat, 1, {
      groupId: this.groupId,
      memberId: this.id,
      memberEpoch: this.epoch,
      instanceId: null,
      rackId: null,
      rebalanceTimeoutMs: 60_000,
      subscribedTopicNames: this.topics,
      subscribedTopicRegex: null,
      serverAssignor: null,
      topicPartitions: this.owned,
      ...this.rest,
      ...wishes,
    });
  }

  async beat() {
    const answer = await this.send();
    expect(answer).toMatchObject({ errorCode: 0, memberId: this.id });
    this.epoch = answer.memberEpoch;
    if (answer.assignment) this.owned = answer.assignment.topicPartitions;
    return answer;
  }

  /** Its partitions, in order. */
  get partitions(): number[] {
    return this.owned.flatMap(({ partitions }) => partitions).toSorted((a, b) => a - b);
  }

  leave(memberEpoch = LEAVES) {
    return this.send({ memberEpoch, subscribedTopicNames: null, topicPartitions: null, rebalanceTimeoutMs: -1 });
  }
}

/** All send heartbeats until these have as many partitions as expected. */
async function untilShared(expected: ReadonlyMap<Member, number>): Promise<void> {
  const isShared = async () => {
    for (const member of expected.keys()) await member.beat();
    return [...expected].every(([member, count]) => member.partitions.length === count);
  };
  await vi.waitUntil(isShared, SOON);
}

async function joined(at: BrokerUnderTest, topic: string, count: number, rest = {}): Promise<Member> {
  const member = new Member(at, unique('group'), [topic], rest);
  await untilShared(new Map([[member, count]]));
  return member;
}

export async function describeGroup(at: BrokerUnderTest, groupId: string) {
  const { groups } = await at.wire.send(ConsumerGroupDescribe, 0, { groupIds: [groupId] });
  return groups[0];
}

async function commit(at: BrokerUnderTest, member: Member, topic: string, change: object = {}) {
  const answer = await at.wire.send(OffsetCommit, 9, {
    groupId: member.groupId,
    generationIdOrMemberEpoch: member.epoch,
    memberId: member.id,
    groupInstanceId: null,
    topics: [
      {
        name: topic,
        topicId: '',
        partitions: [{ partitionIndex: 0, committedOffset: 7, committedLeaderEpoch: -1, committedMetadata: '' }],
      },
    ],
    ...change,
  });
  return answer.topics[0]?.partitions[0]?.errorCode;
}

async function committed(at: BrokerUnderTest, member: Member, topic: string, change: object = {}) {
  const topics = [{ name: topic, topicId: '', partitionIndexes: [0] }];
  const group = { groupId: member.groupId, memberId: member.id, memberEpoch: member.epoch, topics, ...change };
  const { groups } = await at.wire.send(OffsetFetch, 9, { groups: [group], requireStable: false });
  return { errorCode: groups?.[0]?.errorCode, offset: groups?.[0]?.topics?.[0]?.partitions?.[0]?.committedOffset };
}

export const consumerGroups: Chapter = {
  title: 'Consumer groups (KIP-848)',
  behaviours: [
    {
      title: 'gives the only member all partitions of its topics, with a heartbeat interval',
      show: async (at) => {
        const topic = await at.newTopic('whole', 3);
        const member = await joined(at, topic, 3);
        expect(member.owned).toEqual([{ topicId: await at.topicId(topic), partitions: [0, 1, 2] }]);
        const next = await member.send({ subscribedTopicNames: null, topicPartitions: null, rebalanceTimeoutMs: -1 });
        expect(next).toMatchObject({ errorCode: 0, memberEpoch: member.epoch, assignment: null });
        expect(next.heartbeatIntervalMs).toBeGreaterThan(0);
      },
    },
    {
      title: 'moves a partition only after its member has confirmed that it has given it up',
      show: async (at) => {
        const topic = await at.newTopic('moved', 4);
        const one = await joined(at, topic, 4);
        const two = new Member(at, one.groupId, [topic]);
        await vi.waitUntil(async () => {
          await two.beat();
          // It reports all four until it is told to give up two.
          return (await one.send()).assignment?.topicPartitions.flatMap(({ partitions }) => partitions).length === 2;
        }, SOON);
        await two.beat();
        expect(two.partitions).toEqual([]);
        const { memberEpoch } = await one.send();
        expect(memberEpoch).toBe(one.epoch);
        await untilShared(new Map([[one, 2], [two, 2]])); // prettier-ignore
        expect([...one.partitions, ...two.partitions].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3]);
        expect(two.epoch).toBeGreaterThan(memberEpoch);
      },
    },
    {
      title: 'shares the partitions of a member that leaves',
      show: async (at) => {
        const topic = await at.newTopic('left', 4);
        const one = await joined(at, topic, 4);
        const two = new Member(at, one.groupId, [topic]);
        await untilShared(new Map([[one, 2], [two, 2]])); // prettier-ignore
        expect(await one.leave()).toMatchObject({ errorCode: 0, memberEpoch: LEAVES });
        await untilShared(new Map([[two, 4]]));
        expect((await one.send()).errorCode).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
      },
    },
    {
      title: 'assigns partitions that are added to a topic, and takes those of a topic that is deleted',
      show: async (at) => {
        const topic = await at.newTopic('grows', 1);
        const other = await at.newTopic('vanishes', 1);
        const member = new Member(at, unique('group'), [topic, other]);
        await untilShared(new Map([[member, 2]]));
        await at.admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] });
        await untilShared(new Map([[member, 4]]));
        await at.admin.deleteTopics({ topics: [other] });
        await untilShared(new Map([[member, 3]]));
      },
    },
    {
      title: 'follows a subscription that changes',
      show: async (at) => {
        const topic = await at.newTopic('first', 2);
        const other = await at.newTopic('second', 3);
        const member = await joined(at, topic, 2);
        member.topics.splice(0, 1, other);
        await untilShared(new Map([[member, 3]]));
        expect(member.owned.map(({ topicId }) => topicId)).toEqual([await at.topicId(other)]);
      },
    },
    {
      title: 'assigns ranges of each topic by the range assignor, when most members want it',
      show: async (at) => {
        const topics = [await at.newTopic('left', 4), await at.newTopic('right', 4)];
        const rest = { serverAssignor: 'range' };
        const one = new Member(at, unique('group'), topics, rest);
        await untilShared(new Map([[one, 8]]));
        const two = new Member(at, one.groupId, topics, rest);
        await untilShared(new Map([[one, 4], [two, 4]])); // prettier-ignore
        const [first, second] = one.partitions[0] === 0 ? [one, two] : [two, one];
        expect(first.partitions).toEqual([0, 0, 1, 1]);
        expect(second.partitions).toEqual([2, 2, 3, 3]);
        expect((await describeGroup(at, one.groupId))?.assignorName).toBe('range');
      },
    },
    {
      title: 'keeps the partitions of a static member that restarts, and gives them to its successor',
      show: async (at) => {
        const topic = await at.newTopic('static', 4);
        const rest = { instanceId: 'instance-1' };
        const one = await joined(at, topic, 4, rest);
        const two = new Member(at, one.groupId, [topic]);
        await untilShared(new Map([[one, 2], [two, 2]])); // prettier-ignore
        const successor = new Member(at, one.groupId, [topic], rest);
        expect((await successor.send()).errorCode).toBe(ErrorCode.UNRELEASED_INSTANCE_ID);
        expect(await one.leave(LEFT_STATICALLY)).toMatchObject({ errorCode: 0, memberEpoch: LEFT_STATICALLY });
        await two.beat();
        expect(two.partitions).toHaveLength(2);
        await successor.beat();
        expect(successor.owned).toEqual(one.owned);
        expect(successor.epoch).toBe(one.epoch);
        expect((await one.send()).errorCode).toBe(ErrorCode.FENCED_INSTANCE_ID);
        expect((await one.send({ instanceId: 'instance-2' })).errorCode).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
        expect(await successor.leave()).toMatchObject({ errorCode: 0, memberEpoch: LEAVES });
        await untilShared(new Map([[two, 4]]));
      },
    },
    {
      title: 'subscribes to the topics that match a regular expression, also to later ones',
      show: async (at) => {
        const prefix = unique('matching');
        const rest = { subscribedTopicRegex: `${prefix}-[ab]`, subscribedTopicNames: [] };
        const member = new Member(at, unique('group'), [], rest);
        await member.beat();
        const topics = ['a', 'b', 'c'].map((name) => ({ topic: `${prefix}-${name}`, numPartitions: 2 }));
        await at.admin.createTopics({ topics: topics.slice(0, 1), waitForLeaders: false });
        await untilShared(new Map([[member, 2]]));
        await at.admin.createTopics({ topics: topics.slice(1), waitForLeaders: false });
        await untilShared(new Map([[member, 4]]));
        const [described] = (await describeGroup(at, member.groupId))?.members ?? [];
        expect(described).toMatchObject({ subscribedTopicNames: [], subscribedTopicRegex: rest.subscribedTopicRegex });
        const other = await at.newTopic('named', 1);
        Object.assign(rest, { subscribedTopicRegex: '', subscribedTopicNames: [other] });
        await untilShared(new Map([[member, 1]]));
      },
    },
    {
      title: 'refuses expressions that cannot be matched in linear time, and invalid ones',
      show: async (at) => {
        const topic = await at.newTopic('expressions');
        const member = await joined(at, topic, 1);
        for (const subscribedTopicRegex of ['(', '[b-a]', String.raw`(a)\1`, '(?=a)a', 'a**', 'a{2000}']) {
          const { errorCode } = await member.send({ subscribedTopicRegex });
          expect(errorCode, subscribedTopicRegex).toBe(ErrorCode.INVALID_REGULAR_EXPRESSION);
        }
      },
    },
    {
      title: 'refuses unknown groups and members, and fences a member with another epoch',
      show: async (at) => {
        const topic = await at.newTopic('strangers');
        const member = await joined(at, topic, 1);
        const codeOf = async (wishes: object) => (await member.send(wishes)).errorCode;
        expect(await codeOf({ groupId: unique('absent'), memberEpoch: 1 })).toBe(ErrorCode.GROUP_ID_NOT_FOUND);
        expect(await codeOf({ memberId: randomUUID() })).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
        expect(await codeOf({ memberEpoch: member.epoch + 1 })).toBe(ErrorCode.FENCED_MEMBER_EPOCH);
        expect(await codeOf({ memberEpoch: 0 })).toBe(ErrorCode.INVALID_REQUEST);
        // It joins again without partitions, and gets them.
        const again = await member.send({ memberEpoch: 0, topicPartitions: [] });
        expect(again).toMatchObject({ errorCode: 0, memberEpoch: member.epoch });
        expect(again.assignment?.topicPartitions).toEqual(member.owned);
      },
    },
    {
      title: 'refuses incomplete requests and unknown assignors',
      show: async (at) => {
        const member = new Member(at, unique('group'), [await at.newTopic('incomplete')]);
        const codeOf = async (wishes: object) => (await member.send(wishes)).errorCode;
        const { INVALID_REQUEST, UNSUPPORTED_ASSIGNOR } = ErrorCode;
        expect(await codeOf({ groupId: '' })).toBe(INVALID_REQUEST);
        expect(await codeOf({ memberId: '' })).toBe(INVALID_REQUEST);
        expect(await codeOf({ instanceId: '' })).toBe(INVALID_REQUEST);
        expect(await codeOf({ memberEpoch: -3 })).toBe(INVALID_REQUEST);
        expect(await codeOf({ memberEpoch: LEFT_STATICALLY })).toBe(INVALID_REQUEST);
        expect(await codeOf({ rebalanceTimeoutMs: -1 })).toBe(INVALID_REQUEST);
        expect(await codeOf({ subscribedTopicNames: null })).toBe(INVALID_REQUEST);
        expect(await codeOf({ topicPartitions: null })).toBe(INVALID_REQUEST);
        expect(await codeOf({ serverAssignor: 'own' })).toBe(UNSUPPORTED_ASSIGNOR);
        expect((await describeGroup(at, member.groupId))?.errorCode).toBe(ErrorCode.GROUP_ID_NOT_FOUND);
      },
    },
    {
      title: 'accepts offsets of a member in its epoch, and refuses those of other members and epochs',
      show: async (at) => {
        const topic = await at.newTopic('offsets');
        const member = await joined(at, topic, 1);
        expect(await commit(at, member, topic)).toBe(0);
        expect(await committed(at, member, topic)).toEqual({ errorCode: 0, offset: 7 });
        expect(await committed(at, member, topic, { memberId: null, memberEpoch: -1 })).toMatchObject({ offset: 7 });
        const { UNKNOWN_MEMBER_ID, STALE_MEMBER_EPOCH } = ErrorCode;
        const newer = member.epoch + 1;
        expect(await commit(at, member, topic, { memberId: randomUUID() })).toBe(UNKNOWN_MEMBER_ID);
        expect(await commit(at, member, topic, { generationIdOrMemberEpoch: newer })).toBe(STALE_MEMBER_EPOCH);
        expect(await commit(at, member, topic, { memberId: '', generationIdOrMemberEpoch: -1 })).toBe(
          UNKNOWN_MEMBER_ID,
        );
        expect(await committed(at, member, topic, { memberId: randomUUID() })).toMatchObject({
          errorCode: UNKNOWN_MEMBER_ID,
        });
        expect(await committed(at, member, topic, { memberEpoch: newer })).toMatchObject({
          errorCode: STALE_MEMBER_EPOCH,
        });
        const partitions = [{ partitionIndex: 0 }];
        const topics = [{ name: topic, partitions }];
        const forget = () => at.wire.send(OffsetDelete, 0, { groupId: member.groupId, topics });
        expect((await forget()).topics[0]?.partitions[0]?.errorCode).toBe(ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC);
        await member.leave();
        expect((await forget()).topics[0]?.partitions[0]?.errorCode).toBe(0);
      },
    },
    {
      title: 'accepts a late commit of a partition that the member has had since before its new epoch',
      show: async (at) => {
        const topic = await at.newTopic('late', 1);
        const one = await joined(at, topic, 1);
        const { epoch } = one;
        const two = new Member(at, one.groupId, [topic]);
        await vi.waitUntil(async () => {
          await two.beat();
          await one.beat();
          return one.epoch > epoch;
        }, SOON);
        expect(await commit(at, one, topic, { generationIdOrMemberEpoch: epoch })).toBe(0);
        const tooOld = await commit(at, two, topic, { generationIdOrMemberEpoch: epoch - 1 });
        expect(tooOld).toBe(ErrorCode.STALE_MEMBER_EPOCH);
      },
    },
    {
      title: 'describes a group with its members, lists it by its type, and deletes it when it is empty',
      show: async (at) => {
        const topic = await at.newTopic('described', 2);
        const member = await joined(at, topic, 2, { rackId: 'rack-1' });
        const topicId = await at.topicId(topic);
        const assignment = { topicPartitions: [{ topicId, topicName: topic, partitions: [0, 1] }] };
        expect(await describeGroup(at, member.groupId)).toMatchObject({
          errorCode: 0,
          groupState: 'Stable',
          groupEpoch: member.epoch,
          assignmentEpoch: member.epoch,
          assignorName: 'uniform',
          members: [
            {
              memberId: member.id,
              instanceId: null,
              rackId: 'rack-1',
              memberEpoch: member.epoch,
              clientId: 'test',
              subscribedTopicNames: [topic],
              assignment,
              targetAssignment: assignment,
            },
          ],
        });
        const { groups } = await at.wire.send(ListGroups, 5, { statesFilter: [], typesFilter: ['Consumer'] });
        expect(groups.find(({ groupId }) => groupId === member.groupId)).toMatchObject({
          protocolType: 'consumer',
          groupState: 'Stable',
          groupType: 'consumer',
        });
        const deletion = () => at.admin.deleteGroups([member.groupId]);
        await expect(deletion()).rejects.toMatchObject({ groups: [{ errorCode: ErrorCode.NON_EMPTY_GROUP }] });
        await member.leave();
        expect(await describeGroup(at, member.groupId)).toMatchObject({ groupState: 'Empty', members: [] });
        await deletion();
        expect((await describeGroup(at, member.groupId))?.errorCode).toBe(ErrorCode.GROUP_ID_NOT_FOUND);
      },
    },
    {
      title: 'takes over the offsets of a classic group without members, and gives them back',
      show: async (at) => {
        const topic = await at.newTopic('taken-over');
        const member = new Member(at, unique('group'), [topic]);
        const none = { memberId: '', generationIdOrMemberEpoch: -1 };
        expect(await commit(at, member, topic, none)).toBe(0);
        await untilShared(new Map([[member, 1]]));
        expect(await committed(at, member, topic)).toEqual({ errorCode: 0, offset: 7 });
        await member.leave();
        const consumer = at.kafka.consumer({ groupId: member.groupId, maxWaitTimeInMs: 100 });
        await consumer.connect();
        await consumer.subscribe({ topic });
        const hasJoined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
        await consumer.run({ eachMessage: () => Promise.resolve() });
        await hasJoined;
        await consumer.disconnect();
        const { groups } = await at.wire.send(ListGroups, 5, { statesFilter: [], typesFilter: ['classic'] });
        expect(groups.map(({ groupId }) => groupId)).toContain(member.groupId);
      },
    },
  ],
};
