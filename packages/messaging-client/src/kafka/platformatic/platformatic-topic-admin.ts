import { Admin, ConfigResourceTypes, ListOffsetTimestamps } from '@platformatic/kafka';
import type { BaseOptions, ClusterTopicMetadata } from '@platformatic/kafka';
import type { FoundTopic, LogRange, NewTopic, OffsetAt, PartitionPlace, TopicAdmin } from '../driver.ts';
import { waitForLeaders } from '../wait-for-leaders.ts';
import { protocolNames, readably } from './library-errors.ts';

const RETRY = { retries: 3, retryDelay: 200 } as const;

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
    await waitForLeaders(async () => this.#haveLeaders(topics));
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

  async ranges(topics: readonly string[]): Promise<LogRange[]> {
    const places = await readably(this.#partitionsOf(topics));
    const [starts, ends] = await readably(
      Promise.all([
        this.#offsets(places, ListOffsetTimestamps.EARLIEST),
        this.#offsets(places, ListOffsetTimestamps.LATEST),
      ]),
    );
    return places.map(({ topic, partition }) => {
      const name = nameOf(topic, partition);
      return { topic, partition, start: String(starts.get(name)), end: String(ends.get(name)) };
    });
  }

  async offsetsAt(topic: string, timestamp: number): Promise<OffsetAt[]> {
    const places = await readably(this.#partitionsOf([topic]));
    // The ends first: what is written in between was not written before.
    const ends = await readably(this.#offsets(places, ListOffsetTimestamps.LATEST));
    const found = await readably(this.#offsets(places, BigInt(timestamp)));
    return places.map(({ partition }) => {
      const name = nameOf(topic, partition);
      const offset = found.get(name)!;
      return { topic, partition, offset: String(offset < 0n ? ends.get(name) : offset) };
    });
  }

  async committed(groupId: string, topics: readonly string[]): Promise<OffsetAt[]> {
    const places = await readably(this.#partitionsOf(topics));
    const groups = await readably(
      this.#admin.listConsumerGroupOffsets({ groups: [{ groupId, topics: byTopic(places) }] }),
    );
    return groups.flatMap((group) =>
      group.topics.flatMap(({ name, partitions }) =>
        partitions
          .filter(({ committedOffset }) => committedOffset >= 0n)
          .map(({ partitionIndex, committedOffset }) => ({
            topic: name,
            partition: partitionIndex,
            offset: String(committedOffset),
          })),
      ),
    );
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

  async #partitionsOf(topics: readonly string[]): Promise<PartitionPlace[]> {
    const found = await this.#describe(topics);
    return [...found].flatMap(([topic, { partitionsCount }]) =>
      Array.from({ length: partitionsCount }, (_, partition) => ({ topic, partition })),
    );
  }

  /** By partition. */
  async #offsets(places: readonly PartitionPlace[], timestamp: bigint): Promise<Map<string, bigint>> {
    const topics = byTopic(places).map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((partitionIndex) => ({ partitionIndex, timestamp })),
    }));
    const found = await this.#admin.listOffsets({ topics });
    return new Map(
      found.flatMap(({ name, partitions }) =>
        partitions.map(({ partitionIndex, offset }) => [nameOf(name, partitionIndex), offset] as const),
      ),
    );
  }

  async #haveLeaders(topics: readonly NewTopic[]): Promise<boolean> {
    const found = await this.#describe(topics.map(({ name }) => name));
    return [...found.values()].every(({ partitions }) => partitions.every(({ leader }) => leader >= 0));
  }

  async #describe(topics: readonly string[]): Promise<Map<string, ClusterTopicMetadata>> {
    const metadata = await this.#admin.metadata({ topics: [...topics], forceUpdate: true });
    return metadata.topics;
  }
}

function nameOf(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}

function byTopic(places: readonly PartitionPlace[]): Array<{ name: string; partitionIndexes: number[] }> {
  return [...Map.groupBy(places, ({ topic }) => topic)].map(([name, ofTopic]) => ({
    name,
    partitionIndexes: ofTopic.map(({ partition }) => partition),
  }));
}
