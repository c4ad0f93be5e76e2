import { setTimeout as delay } from 'node:timers/promises';
import { Admin, ConfigResourceTypes } from '@platformatic/kafka';
import type { BaseOptions, ClusterTopicMetadata } from '@platformatic/kafka';
import type { FoundTopic, NewTopic, TopicAdmin } from '../driver.ts';
import { protocolNames, readably } from './library-errors.ts';

const RETRY = { retries: 3, retryDelay: 200 } as const;

/** How often, and at which interval, new topics are checked for leaders. They come within a second or not at all. */
const LEADER_CHECKS_MAX = 50;
const LEADER_CHECK_INTERVAL_MS = 100;

export class PlatformaticTopicAdmin implements TopicAdmin {
  readonly #admin: Admin;

  constructor(options: BaseOptions) {
    this.#admin = new Admin({ ...options, ...RETRY });
  }

  async connect(): Promise<void> {
    await readably(this.#admin.metadata({ topics: [] }));
  }

  async list(): Promise<string[]> {
    return readably(this.#admin.listTopics({}));
  }

  async create(topics: readonly NewTopic[]): Promise<void> {
    await readably(Promise.all(topics.map(async (topic) => this.#create(topic))));
    for (let checks = 1; !(await this.#haveLeaders(topics)); checks += 1) {
      if (checks === LEADER_CHECKS_MAX) throw new Error('the new topics have no leaders');
      await delay(LEADER_CHECK_INTERVAL_MS);
    }
  }

  async describe(topics: readonly string[]): Promise<Map<string, FoundTopic>> {
    const found = await readably(this.#describe(topics));
    return new Map(
      [...found].map(([name, { partitionsCount, partitions }]) => [
        name,
        {
          partitions: partitionsCount,
          replicationFactor: Math.min(...partitions.map(({ replicas }) => replicas.length)),
        },
      ]),
    );
  }

  async settings(topics: readonly string[], name: string): Promise<Map<string, string>> {
    const resources = topics.map((topic) => ({
      resourceType: ConfigResourceTypes.TOPIC,
      resourceName: topic,
      configurationKeys: [name],
    }));
    const found = await readably(this.#admin.describeConfigs({ resources }));
    return new Map(found.map(({ resourceName, configs }) => [resourceName, configs[0]!.value!]));
  }

  async close(): Promise<void> {
    await this.#admin.close();
  }

  /** One topic a call, since the settings of a call apply to all its topics. */
  async #create({ name, partitions, replicationFactor, config }: NewTopic): Promise<void> {
    try {
      await this.#admin.createTopics({
        topics: [name],
        partitions,
        replicas: replicationFactor,
        configs: Object.entries(config).map(([key, value]) => ({ name: key, value })),
      });
    } catch (error) {
      if (![...protocolNames(error)].includes('TOPIC_ALREADY_EXISTS')) throw error;
    }
  }

  async #haveLeaders(topics: readonly NewTopic[]): Promise<boolean> {
    try {
      const found = await this.#describe(topics.map(({ name }) => name));
      return [...found.values()].every(({ partitions }) => partitions.every(({ leader }) => leader >= 0));
    } catch {
      // A broker that does not know the new topic yet answers that it does not exist.
      return false;
    }
  }

  async #describe(topics: readonly string[]): Promise<Map<string, ClusterTopicMetadata>> {
    const metadata = await this.#admin.metadata({ topics: [...topics], forceUpdate: true });
    return metadata.topics;
  }
}
