import { expect, vi } from 'vitest';
import { ErrorCode } from '../../src/wire/error-code.ts';
import { ByteReader } from '../../src/wire/byte-reader.ts';
import { ConsumerGroupDescribe } from '../../src/wire/generated/consumer-group-describe.ts';
import { ConsumerProtocolAssignment } from '../../src/wire/generated/consumer-protocol-assignment.ts';
import { ConsumerProtocolSubscription } from '../../src/wire/generated/consumer-protocol-subscription.ts';
import { Heartbeat } from '../../src/wire/generated/heartbeat.ts';
import { JoinGroup } from '../../src/wire/generated/join-group.ts';
import type { JoinGroupRequest, JoinGroupResponse } from '../../src/wire/generated/join-group.ts';
import { LeaveGroup } from '../../src/wire/generated/leave-group.ts';
import { ListGroups } from '../../src/wire/generated/list-groups.ts';
import { OffsetCommit } from '../../src/wire/generated/offset-commit.ts';
import { SyncGroup } from '../../src/wire/generated/sync-group.ts';
import { WireClient } from '../wire-client.ts';
import { SOON, unique } from './broker-under-test.ts';
import type { BrokerUnderTest } from './broker-under-test.ts';
import { Member } from './consumer-groups.ts';
import type { Chapter } from './behaviour.ts';

const { INCONSISTENT_GROUP_PROTOCOL, GROUP_ID_NOT_FOUND, ILLEGAL_GENERATION, REBALANCE_IN_PROGRESS } = ErrorCode;
const { UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID } = ErrorCode;

const PARTITIONS = 4;
/** How a cooperative member differs: it keeps its partitions while it joins, and names them. */
const COOPERATIVE = 'cooperative-sticky';
const EAGER = 'range';
const VERSION = 1;

interface Wishes {
  readonly instanceId?: string;
  readonly strategy?: typeof EAGER | typeof COOPERATIVE;
}

function versioned(body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0, VERSION]), body]);
}

/** A member of the classic protocol, with a connection of its own: a join waits for the other members. */
class ClassicMember {
  id = '';
  generation = -1;
  partitions: number[] = [];
  /** Whether it has to join, or join again. */
  isOut = true;
  private isBeating = false;
  private failure: unknown;
  readonly groupId: string;
  readonly topic: string;
  readonly strategy: string;
  private readonly wire: WireClient;
  private readonly instanceId: string | null;

  private constructor(wire: WireClient, groupId: string, topic: string, { instanceId, strategy = EAGER }: Wishes) {
    this.wire = wire;
    this.groupId = groupId;
    this.topic = topic;
    this.strategy = strategy;
    this.instanceId = instanceId ?? null;
  }

  static async at(at: BrokerUnderTest, groupId: string, topic: string, wishes: Wishes = {}): Promise<ClassicMember> {
    return new ClassicMember(await WireClient.connect(at.address), groupId, topic, wishes);
  }

  /** Sends exactly this, and changes nothing here. */
  sendJoin(wishes: Partial<JoinGroupRequest> = {}) {
    const owned = this.strategy === COOPERATIVE ? [{ topic: this.topic, partitions: this.partitions }] : [];
    const subscription = { topics: [this.topic], userData: null, ownedPartitions: owned };
    const metadata = versioned(ConsumerProtocolSubscription.encode(VERSION, subscription));
    return this.wire.send(JoinGroup, 5, {
      groupId: this.groupId,
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 10_000,
      memberId: this.id,
      groupInstanceId: this.instanceId,
      protocolType: 'consumer',
      protocols: [{ name: this.strategy, metadata }],
      ...wishes,
    });
  }

  private get claim() {
    const { groupId, generation: generationId, id: memberId, instanceId: groupInstanceId } = this;
    return { groupId, generationId, memberId, groupInstanceId };
  }

  sendSync(assignments: { memberId: string; assignment: Buffer }[] = []) {
    return this.wire.send(SyncGroup, 5, {
      ...this.claim,
      protocolType: 'consumer',
      protocolName: this.strategy,
      assignments,
    });
  }

  async heartbeat(): Promise<number> {
    return (await this.wire.send(Heartbeat, 4, this.claim)).errorCode;
  }

  /** Sends the next heartbeat, unless the answer to the last one, or to the join after it, is still to come. */
  beginBeat(): void {
    if (this.failure !== undefined) throw this.failure;
    if (this.isBeating) return;
    this.isBeating = true;
    this.beat()
      .catch((error: unknown) => void (this.failure = error))
      .finally(() => (this.isBeating = false));
  }

  /** What a client does after each heartbeat: it joins when it has to, and takes what it is assigned. */
  private async beat(): Promise<void> {
    if (!this.isOut) {
      const errorCode = await this.heartbeat();
      if (errorCode === 0) return;
      expect([REBALANCE_IN_PROGRESS, ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID]).toContain(errorCode);
      if (errorCode === UNKNOWN_MEMBER_ID) this.id = '';
      if (errorCode !== REBALANCE_IN_PROGRESS) this.partitions = [];
      this.isOut = true;
    }
    if (this.strategy === EAGER) this.partitions = [];
    let joined = await this.sendJoin();
    if (joined.errorCode === ErrorCode.MEMBER_ID_REQUIRED) {
      this.id = joined.memberId;
      joined = await this.sendJoin();
    }
    // The group has changed its protocol meanwhile.
    if (joined.errorCode === REBALANCE_IN_PROGRESS) return;
    expect(joined.errorCode).toBe(0);
    this.id = joined.memberId;
    this.generation = joined.generationId ?? -1;
    const synced = await this.sendSync(joined.leader === this.id ? this.assign(joined) : []);
    if (synced.errorCode === REBALANCE_IN_PROGRESS) return;
    expect(synced).toMatchObject({ errorCode: 0, protocolType: 'consumer', protocolName: this.strategy });
    this.take(synced.assignment);
  }

  private take(assignment: Buffer): void {
    const reader = new ByteReader(assignment);
    const { assignedPartitions } = ConsumerProtocolAssignment.read(reader, reader.int16());
    const assigned = assignedPartitions.flatMap(({ partitions }) => partitions);
    // A cooperative member that gives up partitions joins again at once, to say so.
    this.isOut = this.strategy === COOPERATIVE && this.partitions.some((each) => !assigned.includes(each));
    this.partitions = assigned.toSorted((a, b) => a - b);
  }

  /** As the leader of a classic group: in turns. */
  private assign({ members }: JoinGroupResponse): { memberId: string; assignment: Buffer }[] {
    return members.map(({ memberId }, at) => {
      const partitions = Array.from({ length: PARTITIONS }, (_, n) => n).filter((n) => n % members.length === at);
      const assignedPartitions = [{ topic: this.topic, partitions }];
      const assignment = versioned(ConsumerProtocolAssignment.encode(VERSION, { assignedPartitions, userData: null }));
      return { memberId, assignment };
    });
  }

  async leave(): Promise<number | undefined> {
    const members = [{ memberId: this.id, groupInstanceId: this.instanceId, reason: null }];
    const answer = await this.wire.send(LeaveGroup, 4, { groupId: this.groupId, members });
    this.wire.close();
    return answer.members?.[0]?.errorCode;
  }

  async commit(at: BrokerUnderTest, version: number, change: object = {}): Promise<number | undefined> {
    const partition = { partitionIndex: 0, committedOffset: 5, committedLeaderEpoch: -1, committedMetadata: '' };
    const answer = await at.wire.send(OffsetCommit, version, {
      groupId: this.groupId,
      generationIdOrMemberEpoch: this.generation,
      memberId: this.id,
      groupInstanceId: null,
      topics: [{ name: this.topic, topicId: '', partitions: [partition] }],
      ...change,
    });
    return answer.topics[0]?.partitions[0]?.errorCode;
  }

  close(): void {
    this.wire.close();
  }
}

type AnyMember = Member | ClassicMember;

/** A consumer group with a member of each protocol, and two partitions for each. */
async function mixedGroup(at: BrokerUnderTest, name: string, wishes?: Wishes) {
  const topic = await at.newTopic(name, PARTITIONS);
  const groupId = unique('group');
  const newer = new Member(at, groupId, [topic]);
  await untilShared([newer, 4]);
  const classic = await ClassicMember.at(at, groupId, topic, wishes);
  await untilShared([classic, 2], [newer, 2]);
  return { topic, groupId, newer, classic };
}

/** All send heartbeats until these have as many partitions as expected. No partition is ever two members'. */
async function untilShared(...expected: readonly (readonly [AnyMember, number])[]): Promise<void> {
  const members = expected.map(([member]) => member);
  await untilTrue(members, () => expected.every(([member, count]) => member.partitions.length === count));
}

/** The same until each has some, and none is free. */
async function untilSpread(members: readonly AnyMember[]): Promise<void> {
  await untilTrue(members, () => {
    const counts = members.map(({ partitions }) => partitions.length);
    return Math.min(...counts) > 0 && counts.reduce((sum, count) => sum + count) === PARTITIONS;
  });
}

async function untilTrue(members: readonly AnyMember[], isTrue: () => boolean): Promise<void> {
  const check = async () => {
    for (const member of members) {
      if (member instanceof Member) await member.beat();
      else member.beginBeat();
    }
    const all = members.flatMap(({ partitions }) => partitions);
    expect(new Set(all).size, `a partition has two members: ${all.join()}`).toBe(all.length);
    return isTrue();
  };
  await vi.waitUntil(check, SOON);
}

async function typeOf(at: BrokerUnderTest, groupId: string): Promise<string | undefined> {
  const { groups } = await at.wire.send(ListGroups, 5, { statesFilter: [], typesFilter: [] });
  return groups.find((each) => each.groupId === groupId)?.groupType;
}

/** By id: 0 for the classic protocol, 1 for the newer one. */
async function memberTypes(at: BrokerUnderTest, groupId: string): Promise<Record<string, number | undefined>> {
  const { groups } = await at.wire.send(ConsumerGroupDescribe, 1, { groupIds: [groupId] });
  return Object.fromEntries((groups[0]?.members ?? []).map(({ memberId, memberType }) => [memberId, memberType]));
}

export const groupMigration: Chapter = {
  title: 'Groups that change their protocol',
  behaviours: [
    {
      title: 'makes a classic group with members a consumer group when the first member joins by heartbeats',
      show: async (at) => {
        const topic = await at.newTopic('upgraded', PARTITIONS);
        const groupId = unique('group');
        const one = await ClassicMember.at(at, groupId, topic);
        const two = await ClassicMember.at(at, groupId, topic);
        await untilShared([one, 2], [two, 2]);
        expect(await typeOf(at, groupId)).toBe('classic');
        const before = one.generation;
        const three = new Member(at, groupId, [topic]);
        // Who keeps two is up to the broker.
        await untilSpread([one, two, three]);
        expect(await typeOf(at, groupId)).toBe('consumer');
        expect(three.epoch).toBeGreaterThan(before);
        expect(await memberTypes(at, groupId)).toEqual({ [one.id]: 0, [two.id]: 0, [three.id]: 1 });
        expect(await one.leave()).toBe(0);
        await untilShared([two, 2], [three, 2]);
        expect(await two.leave()).toBe(0);
        await untilShared([three, 4]);
      },
    },
    {
      title: 'makes it a classic group again when the last member that joined by heartbeats leaves',
      show: async (at) => {
        const { topic, groupId, newer: three, classic: one } = await mixedGroup(at, 'downgraded');
        const two = await ClassicMember.at(at, groupId, topic);
        await untilSpread([one, two, three]);
        const isSettled = ({ generation, isOut }: ClassicMember) => generation === three.epoch && !isOut;
        await untilTrue([one, two, three], () => isSettled(one) && isSettled(two));
        expect(await typeOf(at, groupId)).toBe('consumer');
        await three.leave();
        expect(await one.heartbeat()).toBe(REBALANCE_IN_PROGRESS);
        expect(await one.commit(at, 8)).toBe(0);
        await untilShared([one, 2], [two, 2]);
        expect(await typeOf(at, groupId)).toBe('classic');
        expect(await one.commit(at, 8)).toBe(0);
        one.close();
        two.close();
      },
    },
    {
      title: 'moves partitions between cooperative members of the classic protocol and the others',
      show: async (at) => {
        const { newer: three, classic: one } = await mixedGroup(at, 'cooperative', { strategy: COOPERATIVE });
        const kept = [...one.partitions];
        await three.leave();
        await untilShared([one, 4]);
        expect(one.partitions).toEqual(expect.arrayContaining(kept));
        one.close();
      },
    },
    {
      title: 'accepts offsets of members of the classic protocol in their generation, in older versions, too',
      show: async (at) => {
        const { newer: three, classic: one } = await mixedGroup(at, 'mixed-offsets');
        expect(await one.commit(at, 7)).toBe(0);
        expect(await one.commit(at, 9)).toBe(0);
        expect(await one.commit(at, 7, { generationIdOrMemberEpoch: one.generation - 1 })).toBe(ILLEGAL_GENERATION);
        expect(await one.commit(at, 7, { memberId: 'stranger' })).toBe(UNKNOWN_MEMBER_ID);
        const ofTheOther = { memberId: three.id, generationIdOrMemberEpoch: three.epoch };
        expect(await one.commit(at, 8, ofTheOther)).toBe(ErrorCode.UNSUPPORTED_VERSION);
        one.close();
      },
    },
    {
      title: 'refuses members of the classic protocol with another generation, id, protocol or strategy',
      show: async (at) => {
        const { topic, groupId, newer: three, classic: one } = await mixedGroup(at, 'mixed-refused');
        const other = await ClassicMember.at(at, groupId, topic);
        const codeOf = async (wishes: Partial<JoinGroupRequest>) => (await other.sendJoin(wishes)).errorCode;
        expect(await codeOf({ protocolType: 'connect' })).toBe(INCONSISTENT_GROUP_PROTOCOL);
        const protocols = [{ name: 'of-its-own', metadata: Buffer.from([0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]) }];
        expect(await codeOf({ protocols })).toBe(INCONSISTENT_GROUP_PROTOCOL);
        expect(await codeOf({ protocols: [] })).toBe(INCONSISTENT_GROUP_PROTOCOL);
        expect(await other.heartbeat()).toBe(UNKNOWN_MEMBER_ID);
        expect((await other.sendSync()).errorCode).toBe(UNKNOWN_MEMBER_ID);
        const { generation } = one;
        one.generation += 1;
        expect(await one.heartbeat()).toBe(ILLEGAL_GENERATION);
        expect((await one.sendSync()).errorCode).toBe(ILLEGAL_GENERATION);
        one.generation = generation;
        expect(await other.leave()).toBe(UNKNOWN_MEMBER_ID);
        one.id = three.id;
        expect(await one.heartbeat()).toBe(UNKNOWN_MEMBER_ID);
        expect(await one.leave()).toBe(0);
        // Only a member of the classic protocol is left.
        expect((await three.send()).errorCode).toBe(GROUP_ID_NOT_FOUND);
      },
    },
    {
      title: 'refuses members that join by heartbeats where the classic group is not one of consumers',
      show: async (at) => {
        const topic = await at.newTopic('connectors', PARTITIONS);
        const groupId = unique('group');
        const worker = await ClassicMember.at(at, groupId, topic);
        const protocols = [{ name: 'own', metadata: Buffer.from('own') }];
        const wishes = { protocolType: 'connect', protocols };
        const { memberId } = await worker.sendJoin(wishes);
        expect((await worker.sendJoin({ ...wishes, memberId })).errorCode).toBe(0);
        const member = new Member(at, groupId, [topic]);
        expect((await member.send()).errorCode).toBe(GROUP_ID_NOT_FOUND);
        worker.close();
      },
    },
    {
      title: 'gives the partitions of a static member to its successor of the other protocol',
      show: async (at) => {
        const topic = await at.newTopic('static-moved', PARTITIONS);
        const groupId = unique('group');
        const instanceId = 'instance-1';
        const one = await ClassicMember.at(at, groupId, topic, { instanceId });
        const two = await ClassicMember.at(at, groupId, topic);
        await untilShared([one, 2], [two, 2]);
        const before = one.partitions;
        const successor = new Member(at, groupId, [topic], { instanceId });
        await successor.beat();
        expect(successor.partitions).toEqual(before);
        expect(await one.heartbeat()).toBe(FENCED_INSTANCE_ID);
        await untilShared([two, 2], [successor, 2]);
        // And back: the last member of the newer protocol is replaced.
        const third = await ClassicMember.at(at, groupId, topic, { instanceId });
        await untilShared([two, 2], [third, 2]);
        expect(await typeOf(at, groupId)).toBe('classic');
        for (const member of [one, two, third]) member.close();
      },
    },
  ],
};
