import type { Admin } from 'kafkajs';
import { ConfigResourceTypes } from './kafkajs.ts';
import { findEnds } from './places.ts';
import type { PartitionEnds } from './places.ts';

export interface TopicDescription {
  readonly topic: string;
  /** By offsets: transactions and compaction leave gaps that are counted, too. */
  readonly records: bigint;
  readonly partitions: readonly PartitionEnds[];
}

/** The ends of each partition of a topic, and how many records are between them. */
export async function describeTopic(admin: Admin, topic: string): Promise<TopicDescription> {
  const partitions = await findEnds(admin, topic);
  return { topic, records: partitions.reduce((sum, { first, next }) => sum + next - first, 0n), partitions };
}

/** Settings of each topic by their names; a topic that the broker does not know has none. */
export async function readTopicSettings(
  admin: Admin,
  topics: readonly string[],
  names: readonly string[],
): Promise<Map<string, Readonly<Record<string, string>>>> {
  if (topics.length === 0) return new Map();
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map((name) => ({ type: ConfigResourceTypes.TOPIC, name, configNames: [...names] })),
  });
  return new Map(
    resources.map(({ resourceName, configEntries }) => [
      resourceName,
      Object.fromEntries(configEntries.map(({ configName, configValue }) => [configName, configValue])),
    ]),
  );
}
