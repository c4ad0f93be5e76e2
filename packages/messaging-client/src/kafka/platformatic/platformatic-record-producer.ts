import { compatibilityPartitioner, Producer, stringSerializers } from '@platformatic/kafka';
import type { BaseOptions, MessageToProduce } from '@platformatic/kafka';
import type { OutgoingRecord, PartitionsOf, RecordPlace, RecordProducer } from '../driver.ts';
import { recordPlaces } from '../record-places.ts';
import { sendErrorOf } from '../records-rejected.ts';
import { protocolNames, readable, readably } from './library-errors.ts';

type TextMessage = MessageToProduce<string, string, string, string> & { readonly partition: number };

const RETRY = { retries: 2, retryDelay: 100 } as const;

export class PlatformaticRecordProducer implements RecordProducer {
  readonly #producer: Producer<string, string, string, string>;
  readonly #partitionsOf: PartitionsOf;
  #isConnected = false;

  constructor(options: BaseOptions, partitionsOf: PartitionsOf) {
    this.#partitionsOf = partitionsOf;
    this.#producer = new Producer({ ...options, ...RETRY, idempotent: true, serializers: stringSerializers });
  }

  async connect(): Promise<void> {
    if (this.#isConnected) return;
    await readably(this.#producer.initIdempotentProducer({}));
    this.#isConnected = true;
  }

  async send(records: readonly OutgoingRecord[]): Promise<RecordPlace[]> {
    try {
      const messages = await this.#placed(records);
      const { offsets } = await this.#producer.send({ messages });
      return recordPlaces(
        messages,
        offsets!.map(({ topic, partition, offset }) => ({ topic, partition, firstOffset: offset })),
      );
    } catch (error) {
      throw sendErrorOf(readable(error), protocolNames(error));
    }
  }

  async close(): Promise<void> {
    await this.#producer.close();
  }

  /**
   * Partitions are chosen here, because the library does not report its choice; and not by its default, which differs from Kafka's
   * for half of all keys where the number of partitions is not a power of two.
   */
  async #placed(records: readonly OutgoingRecord[]): Promise<TextMessage[]> {
    const { topics } = await this.#producer.metadata({ topics: [...new Set(records.map(({ topic }) => topic))] });
    return records.map(({ timestamp, ...record }) => {
      const { partitionsCount } = topics.get(record.topic)!;
      const spread = Math.min(partitionsCount, this.#partitionsOf(record.topic) ?? partitionsCount);
      return {
        ...record,
        timestamp: BigInt(timestamp),
        partition: compatibilityPartitioner(record, Buffer.from(record.key)) % spread,
      };
    });
  }
}
