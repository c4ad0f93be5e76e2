import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { MemoryFileSystem, startBroker } from '@event-bus/log-broker';
import type { Kafka } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureTopics } from '../kafka/ensure-topics.ts';
import { connectKafka } from '../kafka/kafka-connection.ts';
import { GroupMembership } from './group-membership.ts';
import type { MembershipState, PartitionPlace } from './group-membership.ts';

const SLOW_ANSWER_MS = 300;

describe('a consumer that is stopped while it joins its group', () => {
  let broker: Awaited<ReturnType<typeof startBroker>>;
  let kafka: Kafka;
  beforeAll(async () => {
    broker = await startBroker({ listen: { port: 0 }, data: 'memory', files: new MemoryFileSystem() });
    kafka = connectKafka({ brokers: [`127.0.0.1:${broker.port}`] }, 'test');
  });
  afterAll(async () => broker.close());

  it.each([
    ['learns about the broker', 3],
    ['connects', 18],
    ['finds the coordinator', 10],
    ['joins', 11],
    ['learns its partitions', 14],
  ])('while it %s: leaves nothing behind that holds partitions', async (_, slowRequest) => {
    const topic = { name: `topic-${randomUUID()}`, partitions: 3, retentionMs: 3_600_000 };
    await ensureTopics(kafka, [topic], 1);
    const group = `group-${randomUUID()}`;
    for (const stoppedAfterMs of [0, 50, 200]) {
      broker.faults.on(slowRequest, { do: 'delay', ms: SLOW_ANSWER_MS });
      const first = join(group, topic.name);
      // Stopped at different moments of its way into the group.
      await delay(stoppedAfterMs);
      await first.membership.stop();
      expect(await membersOf(group)).toEqual([]);
      broker.faults.clear();
    }
    const second = join(group, topic.name);
    await second.running;
    // A member that comes back does so as soon as its slow answer is there.
    await delay(2 * SLOW_ANSWER_MS);
    expect(await membersOf(group)).toHaveLength(1);
    expect(second.partitions()).toHaveLength(topic.partitions);
    await second.membership.stop();
  });

  async function membersOf(group: string): Promise<string[]> {
    const admin = kafka.admin();
    await admin.connect();
    const { groups } = await admin.describeGroups([group]);
    await admin.disconnect();
    return groups[0]!.members.map(({ memberId }) => memberId);
  }

  function join(
    group: string,
    topic: string,
  ): { membership: GroupMembership; running: Promise<void>; partitions(): readonly PartitionPlace[] } {
    const running = Promise.withResolvers<void>();
    let held: readonly PartitionPlace[] = [];
    const membership = new GroupMembership(kafka, group, [topic], {
      prepare: async () => undefined,
      received: () => undefined,
      hasRoom: async () => true,
      assigned: (partitions) => (held = partitions),
      changed: (state: MembershipState) => state === 'running' && running.resolve(),
    });
    membership.start();
    return { membership, running: running.promise, partitions: () => held };
  }
});
