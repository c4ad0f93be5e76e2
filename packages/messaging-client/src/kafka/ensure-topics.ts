import { Logger } from '@nestjs/common';
import type { Kafka } from 'kafkajs';
import type { TopicDefinition } from '../event-definition.ts';

const logger = new Logger('Topics');

/** Creates the topics that are missing; one that is there with other partitions is reported and left as it is. */
export async function ensureTopics(
  kafka: Kafka,
  topics: readonly TopicDefinition[],
  replicationFactor: number,
): Promise<void> {
  if (topics.length === 0) return;
  const admin = kafka.admin();
  await admin.connect();
  try {
    const existing = new Set(await admin.listTopics());
    const missing = topics.filter(({ name }) => !existing.has(name));
    if (missing.length > 0) {
      await admin.createTopics({
        waitForLeaders: true,
        topics: missing.map(({ name, partitions, retentionMs }) => ({
          topic: name,
          numPartitions: partitions,
          replicationFactor,
          configEntries: [{ name: 'retention.ms', value: String(retentionMs) }],
        })),
      });
    }
    await reportMismatches(admin, topics);
  } finally {
    await admin.disconnect();
  }
}

async function reportMismatches(admin: ReturnType<Kafka['admin']>, topics: readonly TopicDefinition[]): Promise<void> {
  const found = await admin.fetchTopicMetadata({ topics: topics.map(({ name }) => name) });
  for (const { name, partitions } of found.topics) {
    const wanted = topics.find((topic) => topic.name === name)!.partitions;
    if (partitions.length !== wanted) {
      logger.warn(
        { topic: name, partitions: partitions.length, wanted },
        'the topic has another number of partitions than its definition; changing it would move keys, so it stays',
      );
    }
  }
}
