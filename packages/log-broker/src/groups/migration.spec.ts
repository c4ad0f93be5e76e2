import { describe, expect, it } from 'vitest';
import { brokerInMemory } from '../../test/broker-in-memory.ts';
import type { Broker } from '../broker.ts';
import { MemoryFileSystem } from '../storage/memory-with-faults.ts';
import { atOnce } from '../turns.ts';
import { ErrorCode } from '../wire/error-code.ts';
import { ConsumerProtocolAssignment } from '../wire/generated/consumer-protocol-assignment.ts';
import { ConsumerProtocolSubscription } from '../wire/generated/consumer-protocol-subscription.ts';

const GROUP = 'group';
const HEAD = Buffer.from([0, 1]);

const metadata = Buffer.concat([HEAD, ConsumerProtocolSubscription.encode(1, { topics: ['t'], ownedPartitions: [] })]);
const PROTOCOLS = [{ name: 'range', metadata }];

/** A classic group with one member that has both partitions of the topic; its id and generation. */
async function classicMember({ groups }: Broker) {
  const joined = await groups.join(GROUP, {
    memberId: '',
    instanceId: null,
    mustConfirmId: false,
    clientId: 'classic',
    clientHost: '/127.0.0.1',
    sessionTimeoutMs: 60_000,
    rebalanceTimeoutMs: 60_000,
    protocolType: 'consumer',
    protocols: PROTOCOLS,
  });
  const sender = { memberId: joined.memberId, instanceId: null, generation: joined.generation };
  const assignedPartitions = [{ topic: 't', partitions: [0, 1] }];
  const assignment = Buffer.concat([HEAD, ConsumerProtocolAssignment.encode(1, { assignedPartitions })]);
  const assignments = new Map([[joined.memberId, assignment]]);
  await groups.sync(GROUP, { sender, protocolType: 'consumer', protocol: 'range', assignments });
  return sender;
}

function newerMember({ groups }: Broker, memberId = 'newer') {
  return atOnce(
    groups.beat(GROUP, {
      memberId,
      epoch: 0,
      instanceId: null,
      rackId: null,
      clientId: 'newer',
      clientHost: '/127.0.0.1',
      rebalanceTimeoutMs: 60_000,
      topics: ['t'],
      regex: null,
      assignor: null,
      reported: [],
      classic: null,
      isVisible: () => true,
    }),
  );
}

async function groupOfBoth() {
  const files = new MemoryFileSystem();
  const broker = brokerInMemory(files, { flush: 'always' });
  broker.topics.createNow('t', 2);
  const classic = await classicMember(broker);
  const newer = newerMember(broker);
  return { files, broker, classic, newer };
}

function restarted(broker: Broker, files: MemoryFileSystem): Broker {
  broker.groups.close();
  return brokerInMemory(files.afterKill(), { flush: 'always' });
}

describe('a classic group that has become a consumer group', () => {
  it('is one after a restart, too, and its classic members keep their partitions and their sessions', async () => {
    const { files, broker, classic, newer } = await groupOfBoth();
    const later = restarted(broker, files);
    const group = later.groups.consumers.get(GROUP);
    const topicId = later.topics.get('t')?.id ?? '';
    const member = group?.members.get(classic.memberId);
    expect(member?.classic).toEqual({ sessionTimeoutMs: 60_000, protocols: PROTOCOLS });
    expect([...(member?.assigned.get(topicId)?.keys() ?? [])]).toEqual([0, 1]);
    expect(group?.members.get(newer.member.id)?.assigned.size).toBe(0);
    expect(later.groups.state(GROUP)).toBeUndefined();
    expect(await later.groups.heartbeat(GROUP, classic)).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
    later.groups.close();
  });

  it('tells members whose join or sync waits to join again', async () => {
    const broker = brokerInMemory();
    broker.topics.createNow('t', 2);
    const classic = await classicMember(broker);
    const waiting = broker.groups.join(GROUP, {
      ...{ memberId: '', instanceId: null, mustConfirmId: false, clientId: 'second', clientHost: '/127.0.0.1' },
      ...{ sessionTimeoutMs: 60_000, rebalanceTimeoutMs: 60_000, protocolType: 'consumer', protocols: PROTOCOLS },
    });
    newerMember(broker);
    expect((await waiting).errorCode).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
    expect(await broker.groups.heartbeat(GROUP, classic)).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
    broker.groups.close();
  });

  it('stays classic where the disk does not take the change', async () => {
    const files = new MemoryFileSystem();
    const broker = brokerInMemory(files);
    broker.topics.createNow('t', 2);
    const classic = await classicMember(broker);
    files.capacityBytes = 0;
    expect(() => newerMember(broker)).toThrow('ENOSPC');
    expect(await broker.groups.heartbeat(GROUP, classic)).toBe(ErrorCode.NONE);
    broker.groups.close();
  });
});

describe('a consumer group that has become a classic group', () => {
  it('is one after a restart, too, and its members keep their assignment until they join again', async () => {
    const { files, broker, classic, newer } = await groupOfBoth();
    broker.groups.consumers.leave(GROUP, newer.member.id, null);
    const { heldBytes } = broker.groups;
    const later = restarted(broker, files);
    expect(later.groups.consumers.get(GROUP)).toBeUndefined();
    const state = later.groups.state(GROUP);
    expect(state).toMatchObject({ phase: 'Stable', protocolType: 'consumer', protocol: 'range' });
    expect([...(state?.members.keys() ?? [])]).toEqual([classic.memberId]);
    const assignment = state?.members.get(classic.memberId)?.assignment ?? Buffer.alloc(0);
    expect(assignment.subarray(0, 2)).toEqual(HEAD);
    expect(heldBytes).toBe(later.groups.heldBytes);
    later.groups.close();
  });

  it('removes a member of the classic protocol that does not join again in time, as any other', async () => {
    const { broker, classic, newer } = await groupOfBoth();
    broker.groups.expireSession(GROUP, newer.member.id);
    expect(broker.groups.phase(GROUP)).toBe('PreparingRebalance');
    broker.groups.expireSession(GROUP, classic.memberId);
    expect(broker.groups.phase(GROUP)).toBe('Empty');
    expect(broker.groups.heldBytes).toBe(0);
    broker.groups.close();
  });
});
