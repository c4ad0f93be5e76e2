import { encodeRecord } from '../envelope/encode-record.ts';
import type { OutboxRow } from '../outbox/outbox-row.ts';
import type { KafkaClient, PartitionsOf, RecordProducer } from './driver.ts';

export interface PublishedRecord {
  readonly seq: string;
  readonly partition: number;
  readonly offset: string;
}

/**
 * One idempotent producer with one batch in flight, so that rows of a key never overtake each other.
 *
 * After a failed send the producer is thrown away: whether the batch was written is unknown, and the broker would take
 * the next batch, numbered alike, for a repetition of it and drop it silently. A new producer may repeat records
 * instead; consumers recognise those by their event id.
 */
export class RecordPublisher {
  readonly #kafka: KafkaClient;
  readonly #partitionsOf: PartitionsOf;
  #producer: RecordProducer | undefined;

  constructor(kafka: KafkaClient, partitionsOf: PartitionsOf) {
    this.#kafka = kafka;
    this.#partitionsOf = partitionsOf;
  }

  async connect(): Promise<void> {
    this.#producer ??= this.#kafka.recordProducer(this.#partitionsOf);
    await this.#producer.connect();
  }

  /** Sends rows in their order; resolves when all are acknowledged. Rejects with the broker's error: none may be counted as published. */
  async publish(rows: readonly OutboxRow[]): Promise<PublishedRecord[]> {
    try {
      await this.connect();
      const now = new Date();
      const places = await this.#producer!.send(rows.map((row) => ({ topic: row.topic, ...encodeRecord(row, now) })));
      return rows.map(({ seq }, index) => ({ seq, ...places[index]! }));
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    await producer?.close().catch(() => undefined);
  }
}
