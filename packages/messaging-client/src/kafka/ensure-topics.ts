import { Logger } from '@nestjs/common';
import type { TopicDefinition } from '../event-definition.ts';
import type { KafkaClient, TopicAdmin } from './driver.ts';

const logger = new Logger('Topics');

/** Creates the topics that are missing; one that is there with other partitions is reported and left as it is. */
export async function ensureTopics(
  kafka: KafkaClient,
  topics: readonly TopicDefinition[],
  replicationFactor: number,
): Promise<void> {
  if (topics.length === 0) return;
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
          config: { 'retention.ms': String(retentionMs) },
        })),
      );
    }
    await reportMismatches(admin, topics);
  } finally {
    await admin.close();
  }
}

async function reportMismatches(admin: TopicAdmin, topics: readonly TopicDefinition[]): Promise<void> {
  const found = await admin.partitionCounts(topics.map(({ name }) => name));
  for (const { name, partitions: wanted } of topics) {
    const partitions = found.get(name);
    if (partitions !== undefined && partitions !== wanted) {
      logger.warn(
        { topic: name, partitions, wanted },
        'the topic has another number of partitions than its definition; changing it would move keys, so it stays',
      );
    }
  }
}
