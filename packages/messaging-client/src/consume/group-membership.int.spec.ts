import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { MemoryFileSystem, startBroker } from '@event-bus/log-broker';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KafkaClient, PartitionPlace } from '../kafka/driver.ts';
import { ensureTopics } from '../kafka/ensure-topics.ts';
import { KAFKA_DRIVERS, loadDriver } from '../kafka/load-driver.ts';
import type { KafkaDriver } from '../kafka/load-driver.ts';
import { GroupMembership } from './group-membership.ts';

const SLOW_ANSWER_MS = 300;
const PARTITIONS = 3;

interface Member {
  readonly membership: GroupMembership;
  readonly running: Promise<void>;
  partitions(): readonly PartitionPlace[];
}

let broker: Awaited<ReturnType<typeof startBroker>>;
beforeAll(async () => {
  broker = await startBroker({ listen: { port: 0 }, data: 'memory', files: new MemoryFileSystem() });
});
afterAll(async () => broker.close());

const connect = async (driver: KafkaDriver): Promise<KafkaClient> =>
  (await loadDriver(driver))({ brokers: [`127.0.0.1:${broker.port}`] }, 'test');

async function newTopic(kafka: KafkaClient): Promise<string> {
  const name = `topic-${randomUUID()}`;
  await ensureTopics(kafka, [{ name, partitions: PARTITIONS, retentionMs: 3_600_000 }], 1);
  return name;
}

async function membersOf(group: string): Promise<string[]> {
  const admin = new Kafka({ brokers: [`127.0.0.1:${broker.port}`], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const { groups } = await admin.describeGroups([group]);
  await admin.disconnect();
  return groups[0]!.members.map(({ memberId }) => memberId);
}

function join(kafka: KafkaClient, group: string, topic: string): Member {
  const running = Promise.withResolvers<void>();
  let held: readonly PartitionPlace[] = [];
  const membership = new GroupMembership(kafka, group, [topic], {
    prepare: async () => undefined,
    received: () => undefined,
    hasRoom: async () => true,
    assigned: (partitions) => (held = partitions),
    changed: (state) => state === 'running' && running.resolve(),
  });
  membership.start();
  return { membership, running: running.promise, partitions: () => held };
}

describe.each(KAFKA_DRIVERS)('a consumer by %s that is stopped while it joins its group', (driver) => {
  it.each([
    ['learns about the broker', 3],
    ['connects', 18],
    ['finds the coordinator', 10],
    ['joins', 11],
    ['learns its partitions', 14],
  ])('while it %s: leaves nothing behind that holds partitions', async (_, slowRequest) => {
    const kafka = await connect(driver);
    const topic = await newTopic(kafka);
    const group = `group-${randomUUID()}`;
    for (const stoppedAfterMs of [0, 50, 200]) {
      broker.faults.on(slowRequest, { do: 'delay', ms: SLOW_ANSWER_MS });
      const first = join(kafka, group, topic);
      // Stopped at different moments of its way into the group.
      await delay(stoppedAfterMs);
      await first.membership.stop();
      expect(await membersOf(group)).toEqual([]);
      broker.faults.clear();
    }
    const second = join(kafka, group, topic);
    await second.running;
    // A member that comes back does so as soon as its slow answer is there.
    await delay(2 * SLOW_ANSWER_MS);
    expect(await membersOf(group)).toHaveLength(1);
    expect(second.partitions()).toHaveLength(PARTITIONS);
    await second.membership.stop();
  });
});

describe('a group whose service changes its driver', () => {
  it.each([
    ['kafkajs', 'platformatic'],
    ['platformatic', 'kafkajs'],
  ] as const)('is shared by members of both, %s having been there first', async (before, after) => {
    const old = await connect(before);
    const topic = await newTopic(old);
    const group = `group-${randomUUID()}`;
    const first = join(old, group, topic);
    await first.running;
    expect(first.partitions()).toHaveLength(PARTITIONS);
    const second = join(await connect(after), group, topic);
    await expect.poll(() => second.partitions().length, { timeout: 10_000 }).toBeGreaterThan(0);
    await expect.poll(() => first.partitions().length + second.partitions().length).toBe(PARTITIONS);
    await first.membership.stop();
    await expect.poll(() => second.partitions(), { timeout: 10_000 }).toHaveLength(PARTITIONS);
    await second.membership.stop();
  });
});
