import type { Admin, Kafka } from 'kafkajs';
import type { NewTopic, TopicAdmin } from '../driver.ts';

export class KafkajsTopicAdmin implements TopicAdmin {
  readonly #admin: Admin;

  constructor(kafka: Kafka) {
    this.#admin = kafka.admin();
  }

  async connect(): Promise<void> {
    await this.#admin.connect();
  }

  async list(): Promise<string[]> {
    return this.#admin.listTopics();
  }

  async create(topics: readonly NewTopic[]): Promise<void> {
    await this.#admin.createTopics({
      waitForLeaders: true,
      topics: topics.map(({ name, partitions, replicationFactor, config }) => ({
        topic: name,
        numPartitions: partitions,
        replicationFactor,
        configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
      })),
    });
  }

  async partitionCounts(topics: readonly string[]): Promise<Map<string, number>> {
    const found = await this.#admin.fetchTopicMetadata({ topics: [...topics] });
    return new Map(found.topics.map(({ name, partitions }) => [name, partitions.length]));
  }

  async close(): Promise<void> {
    await this.#admin.disconnect();
  }
}
