import { randomUUID } from 'node:crypto';
import { MemoryFileSystem, startBroker } from '@event-bus/log-broker';
import { until } from '@event-bus/test-kit/until';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KafkaClient, PartitionPlace } from '../kafka/driver.ts';
import { ensureTopics } from '../kafka/ensure-topics.ts';
import { KAFKA_DRIVERS } from '../kafka/kafka-settings.ts';
import type { KafkaDriver } from '../kafka/kafka-settings.ts';
import { loadDriver } from '../kafka/load-driver.ts';
import { GroupMembership } from './group-membership.ts';

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
    skipped: () => undefined,
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
    for (const moment of ['before it', 'during it', 'as the answer comes'] as const) {
      const [reached, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      broker.faults.on(slowRequest, { do: 'hold', until: answered.promise, reached: reached.resolve });
      const first = join(kafka, group, topic);
      if (moment !== 'before it') await reached.promise;
      if (moment === 'as the answer comes') answered.resolve();
      const stopped = first.membership.stop();
      answered.resolve();
      await stopped;
      expect(await membersOf(group)).toEqual([]);
      broker.faults.clear();
    }
    // One that comes back does so as soon as its answer is there, long before two others have shared the group.
    const others = [join(kafka, group, topic), join(kafka, group, topic)];
    await until(
      'the partitions to be shared by two',
      () =>
        others.every(({ partitions }) => partitions().length > 0) &&
        others.flatMap(({ partitions }) => partitions()).length === PARTITIONS,
    );
    expect(await membersOf(group)).toHaveLength(others.length);
    for (const { membership } of others) await membership.stop();
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
    await expect.poll(() => second.partitions().length).toBeGreaterThan(0);
    await expect.poll(() => first.partitions().length + second.partitions().length).toBe(PARTITIONS);
    await first.membership.stop();
    await expect.poll(() => second.partitions()).toHaveLength(PARTITIONS);
    await second.membership.stop();
  });
});
