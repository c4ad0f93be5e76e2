import { randomUUID } from 'node:crypto';
import { RecordsRejected } from '@event-bus/messaging-client';
import type { RecordProducer } from '@event-bus/messaging-client';
import { Partitioners } from 'kafkajs';
import type { OutgoingRecord, PartitionsOf, RecordPlace } from './seam.ts';
import { Streams } from './streams.ts';
import type { Topic } from './streams.ts';

const partitionOf = Partitioners.DefaultPartitioner();

/**
 * A confirm says that a record is stored, not where: each stream that is written to is also read, so that `send()` can return
 * places. Not idempotent: after a confirm that was lost, the record is stored a second time.
 */
export class RabbitRecordProducer implements RecordProducer {
  readonly #address: string;
  readonly #partitionsOf: PartitionsOf;
  readonly #offsets = new Map<string, PromiseWithResolvers<number>>();
  readonly #tails = new Set<string>();
  #streams: Streams | undefined;
  #topics = new Map<string, Topic>();

  constructor(address: string, partitionsOf: PartitionsOf) {
    this.#address = address;
    this.#partitionsOf = partitionsOf;
  }

  async connect(): Promise<void> {
    this.#streams ??= await Streams.connect(this.#address);
  }

  async send(records: readonly OutgoingRecord[]): Promise<RecordPlace[]> {
    const streams = this.#streams!;
    if (records.some(({ topic }) => !this.#topics.has(topic))) this.#topics = await streams.topics();
    const placed = records.map((record) => ({ record, partition: this.#choose(record), id: randomUUID() }));
    for (const { record, partition } of placed) await this.#follow(Streams.streamOf(record.topic, partition));
    return Promise.all(
      placed.map(async ({ record, partition, id }) => {
        const { promise } = this.#expect(id);
        const { topic, key, value, timestamp, headers } = record;
        await streams.publish(Streams.streamOf(topic, partition), Buffer.from(value), {
          messageId: id,
          headers: { ...headers, 'lab-key': key, 'lab-timestamp': timestamp },
        });
        return { partition, offset: String(await promise) };
      }),
    );
  }

  async close(): Promise<void> {
    await this.#streams?.close();
  }

  #choose({ topic, key, value }: OutgoingRecord): number {
    const existing = this.#topics.get(topic)?.partitions;
    if (existing === undefined) throw new RecordsRejected('topic', new Error(`there is no topic ${topic}`));
    const spread = Math.min(existing, this.#partitionsOf(topic) ?? existing);
    const partitionMetadata = Array.from({ length: spread }, (_, partitionId) => ({
      partitionErrorCode: 0,
      partitionId,
      leader: 0,
      replicas: [],
      isr: [],
    }));
    return partitionOf({ topic, partitionMetadata, message: { key, value } });
  }

  #expect(id: string): PromiseWithResolvers<number> {
    const expected = Promise.withResolvers<number>();
    this.#offsets.set(id, expected);
    return expected;
  }

  /** From before the first record on. */
  async #follow(stream: string): Promise<void> {
    if (this.#tails.has(stream)) return;
    this.#tails.add(stream);
    await this.#streams!.read(stream, 'next', ({ offset, message }) => {
      const id = message.properties.messageId as string;
      this.#offsets.get(id)?.resolve(offset);
      this.#offsets.delete(id);
    });
  }
}
