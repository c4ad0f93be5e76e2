import type { Admin, ITopicConfig } from 'kafkajs';
import { until } from './until.ts';

/**
 * Creates topics, and waits until the broker knows them: Apache Kafka answers a moment before, and kafkajs's own wait takes what
 * it says then for an error.
 */
export async function createTopics(admin: Admin, topics: ITopicConfig[]): Promise<void> {
  await admin.createTopics({ topics, waitForLeaders: false });
  const names = topics.map(({ topic }) => topic);
  await until(`the topics ${names.join(', ')}`, async () => admin.fetchTopicMetadata({ topics: names }));
}
