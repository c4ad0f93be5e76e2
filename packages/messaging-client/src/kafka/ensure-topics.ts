import { Logger } from '@nestjs/common';
import type { TopicDefinition } from '../event-definition.ts';
import type { FoundTopic, KafkaClient, TopicAdmin } from './driver.ts';

const RETENTION = 'retention.ms';

const logger = new Logger('Topics');

/** A topic that exists now, and how it compares with its definition. */
export interface EnsuredTopic {
  readonly name: string;
  readonly isNew: boolean;
  /** One line for each difference between the broker's topic and its definition. */
  readonly differences: readonly string[];
}

/** Creates the topics that are missing, and logs which of the others differ from their definitions. */
export async function ensureTopics(
  kafka: KafkaClient,
  topics: readonly TopicDefinition[],
  replicationFactor: number,
): Promise<void> {
  if (topics.length === 0) return;
  for (const { name, differences } of await createMissingTopics(kafka, topics, replicationFactor)) {
    if (differences.length === 0) continue;
    logger.warn({ topic: name, differences }, 'the topic differs from its definition and is left as it is');
  }
}

/**
 * Creates the topics that are missing and compares all with their definitions. It changes no existing topic: another number of
 * partitions would move keys, and a shorter retention would delete records.
 *
 * @param replicationFactor for the new ones; -1 leaves it to the broker, and is compared with nothing
 */
export async function createMissingTopics(
  kafka: KafkaClient,
  topics: readonly TopicDefinition[],
  replicationFactor: number,
): Promise<EnsuredTopic[]> {
  const admin = kafka.topicAdmin();
  await admin.connect();
  try {
    const existing = new Set(await admin.list());
    const missing = topics.filter(({ name }) => !existing.has(name));
    if (missing.length > 0) {
      await admin.create(
        missing.map(({ name, partitions, retentionMs }) => ({
          name,
          partitions,
          replicationFactor,
          config: { [RETENTION]: String(retentionMs) },
        })),
      );
    }
    const names = topics.map(({ name }) => name);
    const found = await admin.describe(names);
    const retentions = await retentionsOf(admin, names);
    return topics.map((topic) => ({
      name: topic.name,
      isNew: missing.includes(topic),
      differences: [
        ...placesThatDiffer(topic, found.get(topic.name), replicationFactor),
        ...settingsThatDiffer(RETENTION, topic.retentionMs, retentions.get(topic.name)),
      ],
    }));
  } finally {
    await admin.close();
  }
}

function placesThatDiffer(
  { partitions }: TopicDefinition,
  found: FoundTopic | undefined,
  replicationFactor: number,
): string[] {
  // It has just been deleted; the next start creates it.
  if (found === undefined) return [];
  return [
    ...settingsThatDiffer('partitions', partitions, String(found.partitions)),
    ...(replicationFactor === -1
      ? []
      : settingsThatDiffer('replication factor', replicationFactor, String(found.replicationFactor))),
  ];
}

function settingsThatDiffer(name: string, defined: number, found: string | undefined): string[] {
  return found === String(defined) ? [] : [`${name}: ${found ?? 'unknown'}, defined as ${defined}`];
}

/** A service may be allowed to use its topics and not to read their settings; everything else still works. */
async function retentionsOf(admin: TopicAdmin, topics: readonly string[]): Promise<Map<string, string>> {
  try {
    return await admin.settings(topics, RETENTION);
  } catch (error) {
    logger.warn({ err: error }, "the topics' retention could not be read");
    return new Map();
  }
}
