import type { Admin, Kafka } from 'kafkajs';
import type { FoundTopic, LogRange, NewTopic, OffsetAt, TopicAdmin } from '../driver.ts';
import { waitForLeaders } from '../wait-for-leaders.ts';

/** Kafka's number for "a topic's settings"; kafkajs's own name for it cannot be imported from an ES module. */
const TOPIC_RESOURCE = 2;

const NOTHING_COMMITTED = '-1';

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
      // kafkajs's own wait ends with an error when the broker does not know the topic yet.
      waitForLeaders: false,
      topics: topics.map(({ name, partitions, replicationFactor, config }) => ({
        topic: name,
        numPartitions: partitions,
        replicationFactor,
        configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
      })),
    });
    const names = topics.map(({ name }) => name);
    // kafkajs rejects the metadata of a topic without leaders.
    await waitForLeaders(async () => (await this.#admin.fetchTopicMetadata({ topics: names })).topics.length > 0);
  }

  async describe(topics: readonly string[]): Promise<Map<string, FoundTopic>> {
    const found = await this.#admin.fetchTopicMetadata({ topics: [...topics] });
    return new Map(
      found.topics.map(({ name, partitions }) => [
        name,
        {
          partitions: partitions.length,
          replicationFactor: Math.min(...partitions.map(({ replicas }) => replicas.length)),
        },
      ]),
    );
  }

  async settings(topics: readonly string[], name: string): Promise<Map<string, string>> {
    const { resources } = await this.#admin.describeConfigs({
      includeSynonyms: false,
      resources: topics.map((topic) => ({ type: TOPIC_RESOURCE, name: topic, configNames: [name] })),
    });
    return new Map(resources.map(({ resourceName, configEntries }) => [resourceName, configEntries[0]!.configValue]));
  }

  async ranges(topics: readonly string[]): Promise<LogRange[]> {
    const ranges = topics.map(async (topic) =>
      (await this.#admin.fetchTopicOffsets(topic)).map(({ partition, low, high }) => ({
        topic,
        partition,
        start: low,
        end: high,
      })),
    );
    return (await Promise.all(ranges)).flat();
  }

  async offsetsAt(topic: string, timestamp: number): Promise<OffsetAt[]> {
    const found = await this.#admin.fetchTopicOffsetsByTimestamp(topic, timestamp);
    return found.map(({ partition, offset }) => ({ topic, partition, offset }));
  }

  async committed(groupId: string, topics: readonly string[]): Promise<OffsetAt[]> {
    const found = await this.#admin.fetchOffsets({ groupId, topics: [...topics] });
    return found.flatMap(({ topic, partitions }) =>
      partitions
        .filter(({ offset }) => offset !== NOTHING_COMMITTED)
        .map(({ partition, offset }) => ({ topic, partition, offset })),
    );
  }

  async close(): Promise<void> {
    await this.#admin.disconnect();
  }
}
