import type { Broker } from './broker.ts';
import type { SeededRecord } from './config.ts';
import type { PartitionLog } from './log/partition-log.ts';
import type { Topic } from './topics/topic-registry.ts';
import { encodeBatch } from './wire/record-batch.ts';

/**
 * Creates the topics that are missing, with their records.
 *
 * @throws {KafkaError} with the codes of `TopicRegistry.createAll`; {RangeError} when a record names a partition that is not there
 */
export async function createSeededTopics(broker: Broker): Promise<void> {
  for (const [name, { partitions, configs, records = [] }] of Object.entries(broker.options.seededTopics)) {
    if (broker.topics.get(name)) continue;
    const topic = await broker.topics.create(name, partitions ?? broker.options.defaultPartitions, { ...configs });
    appendSeeds(broker, topic, records);
  }
}

/** @throws {RangeError} when a record names a partition that is not there */
export function appendSeeds(broker: Broker, topic: Topic, records: readonly SeededRecord[]): void {
  for (const record of records) {
    const { key = null, value, headers = {}, partition = 0, timestamp = broker.clock.now() } = record;
    const log: PartitionLog | undefined = topic.partitions[partition];
    if (!log) throw new RangeError(`a record of the seeded topic '${topic.name}' names partition ${partition}`);
    const encoded = {
      key: bytes(key),
      value: bytes(value),
      headers: Object.entries(headers).map(([name, content]) => [name, Buffer.from(content)] as const),
    };
    log.append(encodeBatch({ records: [encoded], timestamp }));
  }
}

function bytes(content: string | Buffer | null): Buffer | null {
  return content === null ? null : Buffer.from(content);
}
