import { encodeRecord } from '../envelope/encode-record.ts';
import type { OutboxRow } from '../envelope/outbox-row.ts';
import type { BrokerLink } from '../kafka/broker-link.ts';
import type { KafkaClient, PartitionsOf, RecordProducer } from '../kafka/driver.ts';

export interface PublishedRecord {
  readonly seq: string;
  readonly partition: number;
  readonly offset: string;
}

/**
 * One idempotent producer with one batch in flight, so that rows of a key never overtake each other.
 *
 * After a failed send the producer is discarded: whether the batch was written is unknown, and the broker would take
 * the next batch, numbered alike, for a repetition of it and drop it silently. A new producer may repeat records
 * instead; consumers recognise those by their event id.
 */
export class RecordPublisher {
  readonly #kafka: KafkaClient;
  readonly #link: BrokerLink;
  readonly #partitionsOf: PartitionsOf;
  #producer: RecordProducer | undefined;

  constructor(kafka: KafkaClient, link: BrokerLink, partitionsOf: PartitionsOf) {
    this.#kafka = kafka;
    this.#link = link;
    this.#partitionsOf = partitionsOf;
  }

  async connect(): Promise<void> {
    await this.#with(async (producer) => producer.connect(), { isSend: false });
  }

  /** Sends rows in their order; resolves when all are acknowledged. Rejects with the broker's error: none may be counted as published. */
  async publish(rows: readonly OutboxRow[]): Promise<PublishedRecord[]> {
    return this.#with(
      async (producer) => {
        await producer.connect();
        const now = new Date();
        const places = await producer.send(rows.map((row) => ({ topic: row.topic, ...encodeRecord(row, now) })));
        return rows.map(({ seq }, index) => ({ seq, ...places[index]! }));
      },
      { isSend: true },
    );
  }

  async close(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    if (producer !== undefined) await this.#link.bounded(producer.close()).catch(() => undefined);
  }

  async #with<Result>(
    work: (producer: RecordProducer) => Promise<Result>,
    kind: { readonly isSend: boolean },
  ): Promise<Result> {
    const producer = (this.#producer ??= this.#kafka.recordProducer(this.#partitionsOf));
    try {
      return await this.#link.call(async () => work(producer), kind);
    } catch (error) {
      this.#producer = undefined;
      // Not waited for: it first waits for the answers that it has not got.
      void producer.close().catch(() => undefined);
      throw error;
    }
  }
}
