import type { TopicAdmin } from '@event-bus/messaging-client';
import type { FoundTopic, LogRange, NewTopic, OffsetAt } from './seam.ts';
import { Streams } from './streams.ts';
import type { Stored } from './streams.ts';

/** What Kafka answers from its indexes is read from the streams, from their beginning. */
export class RabbitTopicAdmin implements TopicAdmin {
  readonly #address: string;
  #streams: Streams | undefined;

  constructor(address: string) {
    this.#address = address;
  }

  async connect(): Promise<void> {
    this.#streams ??= await Streams.connect(this.#address);
  }

  async list(): Promise<string[]> {
    return [...(await this.#connected.topics()).keys()];
  }

  async create(topics: readonly NewTopic[]): Promise<void> {
    const existing = await this.#connected.topics();
    for (const { name, partitions, config } of topics) {
      if (!existing.has(name)) await this.#connected.createTopic({ name, partitions, config });
    }
  }

  async describe(names: readonly string[]): Promise<Map<string, FoundTopic>> {
    const topics = await this.#connected.topics();
    return new Map(
      names.flatMap((name) => {
        const topic = topics.get(name);
        return topic === undefined ? [] : [[name, { partitions: topic.partitions, replicationFactor: 1 }] as const];
      }),
    );
  }

  async settings(names: readonly string[], setting: string): Promise<Map<string, string>> {
    const topics = await this.#connected.topics();
    return new Map(
      names.flatMap((name) => {
        const value = topics.get(name)?.config[setting];
        return value === undefined ? [] : [[name, value] as const];
      }),
    );
  }

  async ranges(names: readonly string[]): Promise<LogRange[]> {
    return this.#eachPartition(names, (place, stored) => ({
      ...place,
      start: String(stored[0]?.offset ?? 0),
      end: String(endOf(stored)),
    }));
  }

  async offsetsAt(topic: string, timestamp: number): Promise<OffsetAt[]> {
    return this.#eachPartition([topic], (place, stored) => {
      // A stream is searched by the time of its chunks: that of a record is its publisher's.
      const found = stored.find(({ message }) => Number(message.properties.headers?.['lab-timestamp']) >= timestamp);
      return { ...place, offset: String(found?.offset ?? endOf(stored)) };
    });
  }

  async committed(group: string, names: readonly string[]): Promise<OffsetAt[]> {
    const topics = await this.#connected.topics();
    const found: OffsetAt[] = [];
    for (const topic of names) {
      for (let partition = 0; partition < (topics.get(topic)?.partitions ?? 0); partition++) {
        const offset = await this.#connected.lastValue(Streams.offsetsOf(group, topic, partition));
        if (offset !== undefined) found.push({ topic, partition, offset });
      }
    }
    return found;
  }

  async close(): Promise<void> {
    await this.#streams?.close();
  }

  get #connected(): Streams {
    if (this.#streams === undefined) throw new Error('not connected');
    return this.#streams;
  }

  async #eachPartition<Answer>(
    names: readonly string[],
    answer: (place: { readonly topic: string; readonly partition: number }, stored: readonly Stored[]) => Answer,
  ): Promise<Answer[]> {
    const topics = await this.#connected.topics();
    const answers: Answer[] = [];
    for (const topic of names) {
      const found = topics.get(topic);
      if (found === undefined) throw new Error(`there is no topic ${topic}`);
      for (let partition = 0; partition < found.partitions; partition++) {
        const stored = await this.#connected.scan(Streams.streamOf(topic, partition));
        answers.push(answer({ topic, partition }, stored));
      }
    }
    return answers;
  }
}

function endOf(stored: readonly Stored[]): number {
  return (stored.at(-1)?.offset ?? -1) + 1;
}
