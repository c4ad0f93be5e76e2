import '@event-bus/messaging-client/repair-kafkajs';
import { Kafka, logLevel } from 'kafkajs';
import type { Consumer, KafkaMessage } from 'kafkajs';

/** The broker answers at once when it has the record; otherwise after this wait. */
const FETCH_WAIT_MS = 50;

export interface Record {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly key: string;
  readonly headers: Readonly<{ [name: string]: string }>;
}

/**
 * Reads single records as any Kafka program could: in a group of its own that commits nothing, so that reading changes no
 * other group.
 */
export class RecordReader {
  readonly #consumer: Consumer;
  readonly #joined = Promise.withResolvers<void>();
  readonly #seen = new Map<string, KafkaMessage>();

  constructor(broker: string) {
    const kafka = new Kafka({ clientId: 'tour', brokers: [broker], logLevel: logLevel.NOTHING });
    this.#consumer = kafka.consumer({ groupId: `tour-${process.pid}`, maxWaitTimeInMs: FETCH_WAIT_MS });
    this.#joined.promise.catch(() => {});
  }

  /** Joins its group, which takes a moment: call it before there is anything to read. */
  async open(topics: readonly string[]): Promise<void> {
    try {
      this.#consumer.on(this.#consumer.events.GROUP_JOIN, () => this.#joined.resolve());
      await this.#consumer.connect();
      await this.#consumer.subscribe({ topics: [...topics] });
      await this.#consumer.run({
        autoCommit: false,
        eachMessage: async ({ topic, partition, message }) => {
          this.#seen.set(nameOf(topic, partition, message.offset), message);
        },
      });
    } catch (error) {
      this.#joined.reject(error);
    }
  }

  /** One look for this record; call it in `waitFor`. */
  async read(topic: string, partition: number, offset: string): Promise<Record | undefined> {
    await this.#joined.promise;
    const message = this.#seen.get(nameOf(topic, partition, offset));
    if (message === undefined) {
      this.#consumer.seek({ topic, partition, offset });
      return undefined;
    }
    const headers = Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)]);
    return { topic, partition, offset, key: String(message.key), headers: Object.fromEntries(headers) };
  }

  async close(): Promise<void> {
    await this.#consumer.disconnect();
  }
}

function nameOf(topic: string, partition: number, offset: string): string {
  return `${topic}/${partition}/${offset}`;
}
