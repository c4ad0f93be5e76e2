import { randomUUID } from 'node:crypto';
import { MemoryFileSystem, startBroker } from '@event-bus/log-broker';
import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TopicDefinition } from '../event-definition.ts';
import type { KafkaClient } from './driver.ts';
import { createMissingTopics, ensureTopics } from './ensure-topics.ts';
import { KAFKA_DRIVERS } from './kafka-settings.ts';
import { loadDriver } from './load-driver.ts';

/** By their numbers in the protocol. */
const DESCRIBE_CONFIGS = 32;
const TOPIC_FORBIDDEN = 29;

const HOUR_MS = 3_600_000;

let broker: Awaited<ReturnType<typeof startBroker>>;
beforeAll(async () => {
  broker = await startBroker({ listen: { port: 0 }, data: 'memory', files: new MemoryFileSystem() });
});
afterAll(async () => broker.close());

describe.each(KAFKA_DRIVERS)('topics ensured by %s', (driver) => {
  let kafka: KafkaClient;
  let topic: TopicDefinition;
  beforeEach(async () => {
    kafka = (await loadDriver(driver))({ brokers: [`127.0.0.1:${broker.port}`] }, 'test');
    topic = { name: `topic-${randomUUID()}`, partitions: 3, retentionMs: HOUR_MS };
  });
  afterEach(() => {
    broker.faults.clear();
    vi.restoreAllMocks();
  });

  it('are created once, as they are defined', async () => {
    expect(await createMissingTopics(kafka, [topic], 1)).toEqual([{ name: topic.name, isNew: true, differences: [] }]);
    expect(await createMissingTopics(kafka, [topic], 1)).toEqual([{ name: topic.name, isNew: false, differences: [] }]);
  });

  it('that differ from their definitions are reported with each difference, and left as they are', async () => {
    await createMissingTopics(kafka, [topic], 1);
    const defined = { ...topic, partitions: 6, retentionMs: 2 * HOUR_MS };
    const differences = [
      'partitions: 3, defined as 6',
      'replication factor: 1, defined as 3',
      `retention.ms: ${HOUR_MS}, defined as ${2 * HOUR_MS}`,
    ];
    expect(await createMissingTopics(kafka, [defined], 3)).toEqual([{ name: topic.name, isNew: false, differences }]);

    const warned = vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    await ensureTopics(kafka, [defined], 3);
    expect(warned).toHaveBeenCalledExactlyOnceWith({ topic: topic.name, differences }, expect.any(String));
    expect(await createMissingTopics(kafka, [topic], 1)).toEqual([{ name: topic.name, isNew: false, differences: [] }]);
  });

  it('can be used when their settings may not be read', async () => {
    vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    await createMissingTopics(kafka, [topic], 1);
    broker.faults.on(DESCRIBE_CONFIGS, { do: 'error', code: TOPIC_FORBIDDEN }, 100);
    expect(await createMissingTopics(kafka, [topic], 1)).toEqual([
      { name: topic.name, isNew: false, differences: [`retention.ms: unknown, defined as ${HOUR_MS}`] },
    ]);
  });
});
