import { Partitioners } from 'kafkajs';
import type { Kafka, Message, Producer, TopicMessages } from 'kafkajs';
import { encodeRecord } from '../envelope/encode-record.ts';
import type { OutboxRow } from '../outbox/outbox-row.ts';

export interface PublishedRecord {
  readonly seq: string;
  readonly partition: number;
  readonly offset: string;
}

/** acks=all: an answer means that every in-sync replica has the record. */
const ALL_REPLICAS = -1;

/**
 * One idempotent producer with one batch in flight, so that rows of a key never overtake each other.
 *
 * After a failed send the producer is thrown away: whether the batch was written is unknown, and the broker would take
 * the next batch, numbered alike, for a repetition of it and drop it silently. A new producer may repeat records
 * instead; consumers recognise those by their event id.
 */
export class RecordPublisher {
  readonly #kafka: Kafka;
  #producer: Producer | undefined;
  readonly #partitionOf = new WeakMap<Message, number>();

  constructor(kafka: Kafka) {
    this.#kafka = kafka;
  }

  async connect(): Promise<void> {
    this.#producer ??= this.#createProducer();
    await this.#producer.connect();
  }

  /** Sends rows in their order; resolves when all are acknowledged. Rejects with the broker's error: none may be counted as published. */
  async publish(rows: readonly OutboxRow[]): Promise<PublishedRecord[]> {
    try {
      await this.connect();
      return await this.#send(this.#producer!, rows);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    await producer?.disconnect().catch(() => undefined);
  }

  #createProducer(): Producer {
    const byKey = Partitioners.DefaultPartitioner();
    return this.#kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      retry: { retries: 2, initialRetryTime: 50, maxRetryTime: 200 },
      createPartitioner: () => (choice) => {
        const partition = byKey(choice);
        const before = this.#partitionOf.get(choice.message);
        // Between two attempts of kafkajs a topic got more partitions: an answer for the old place says nothing of the new.
        if (before !== undefined && before !== partition) throw new Error(`partitions of ${choice.topic} have changed`);
        this.#partitionOf.set(choice.message, partition);
        return partition;
      },
    });
  }

  async #send(producer: Producer, rows: readonly OutboxRow[]): Promise<PublishedRecord[]> {
    const topics = new Map<string, TopicMessages>();
    const sent = rows.map((row) => {
      const message: Message = encodeRecord(row);
      let entry = topics.get(row.topic);
      if (entry === undefined) topics.set(row.topic, (entry = { topic: row.topic, messages: [] }));
      entry.messages.push(message);
      return { row, message };
    });
    const acknowledged = await producer.sendBatch({ acks: ALL_REPLICAS, topicMessages: [...topics.values()] });

    // The answer gives the first offset of each partition; within a partition records lie in the order sent.
    const nextOffset = new Map(
      acknowledged.map(({ topicName, partition, baseOffset }) => [`${topicName}/${partition}`, BigInt(baseOffset!)]),
    );
    return sent.map(({ row, message }) => {
      const partition = this.#partitionOf.get(message)!;
      const place = `${row.topic}/${partition}`;
      const offset = nextOffset.get(place);
      if (offset === undefined) throw new Error(`the broker did not acknowledge ${place}`);
      nextOffset.set(place, offset + 1n);
      return { seq: row.seq, partition, offset: String(offset) };
    });
  }
}
