import { Partitioners } from 'kafkajs';
import type { Kafka, Message, Producer, TopicMessages } from 'kafkajs';
import type { OutgoingRecord, PartitionsOf, RecordPlace, RecordProducer } from '../driver.ts';
import { recordPlaces } from '../record-places.ts';
import { sendErrorOf } from '../records-rejected.ts';

/** acks=all: an answer means that every in-sync replica has the record. */
const ALL_REPLICAS = -1;

export class KafkajsRecordProducer implements RecordProducer {
  readonly #producer: Producer;
  readonly #partitionOf = new WeakMap<Message, number>();

  constructor(kafka: Kafka, partitionsOf: PartitionsOf) {
    const byKey = Partitioners.DefaultPartitioner();
    this.#producer = kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      retry: { retries: 2, initialRetryTime: 50, maxRetryTime: 200 },
      createPartitioner: () => (choice) => {
        const { topic, partitionMetadata } = choice;
        const defined = partitionsOf(topic) ?? Infinity;
        const partition = byKey({
          ...choice,
          partitionMetadata: partitionMetadata.filter(({ partitionId }) => partitionId < defined),
        });
        const before = this.#partitionOf.get(choice.message);
        // Between two attempts of kafkajs the topic got more partitions: a response for the old partition says nothing of the new one.
        if (before !== undefined && before !== partition) throw new Error(`partitions of ${topic} have changed`);
        this.#partitionOf.set(choice.message, partition);
        return partition;
      },
    });
  }

  async connect(): Promise<void> {
    await this.#producer.connect();
  }

  async send(records: readonly OutgoingRecord[]): Promise<RecordPlace[]> {
    const topics = new Map<string, TopicMessages>();
    const sent = records.map(({ topic, ...record }) => {
      const message: Message = record;
      let entry = topics.get(topic);
      if (entry === undefined) topics.set(topic, (entry = { topic, messages: [] }));
      entry.messages.push(message);
      return { topic, message };
    });
    const acknowledged = await this.#sendBatch([...topics.values()]);
    return recordPlaces(
      sent.map(({ topic, message }) => ({ topic, partition: this.#partitionOf.get(message)! })),
      acknowledged.map(({ topicName, partition, baseOffset }) => ({
        topic: topicName,
        partition,
        firstOffset: BigInt(baseOffset!),
      })),
    );
  }

  async #sendBatch(topicMessages: TopicMessages[]): ReturnType<Producer['sendBatch']> {
    try {
      return await this.#producer.sendBatch({ acks: ALL_REPLICAS, topicMessages });
    } catch (error) {
      throw sendErrorOf(error as Error, protocolNames(error));
    }
  }

  async close(): Promise<void> {
    await this.#producer.disconnect();
  }
}

/** kafkajs's classes of errors cannot be imported by name from ESM; a protocol error is one that has a type. */
function* protocolNames(error: unknown): Iterable<string> {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { type } = cause as { type?: unknown };
    if (typeof type === 'string') yield type;
  }
}
