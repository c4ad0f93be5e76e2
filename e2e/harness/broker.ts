import '@event-bus/messaging-client/repair-kafkajs';
import { Kafka, logLevel } from 'kafkajs';
import type { Admin, Message, Producer } from 'kafkajs';
import type { LedgerEntry } from './start-stack.ts';
import { until } from '@event-bus/test-kit/until';

export interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
}

/** The log as an outsider with a Kafka client sees it, and writes to it past every rule of ours. */
export class Broker {
  readonly #kafka: Kafka;
  #admin: Admin | undefined;
  #producer: Producer | undefined;

  constructor(brokers: readonly string[]) {
    this.#kafka = new Kafka({ brokers: [...brokers], clientId: 'e2e', logLevel: logLevel.NOTHING });
  }

  async write(topic: string, message: Message): Promise<Place> {
    if (this.#producer === undefined) {
      this.#producer = this.#kafka.producer({ allowAutoTopicCreation: false });
      await this.#producer.connect();
    }
    const [written] = await this.#producer.send({ topic, messages: [message] });
    return { topic, partition: written!.partition, offset: written!.baseOffset! };
  }

  /** Writes the record that caused a mail once more, byte for byte. */
  async repeat(mail: LedgerEntry): Promise<Place> {
    return this.write(mail.topic, { ...(await this.#read(mail)), partition: mail.partition });
  }

  /** Until a group has committed past a record. */
  async consumed(groupId: string, { topic, partition, offset }: Place): Promise<void> {
    const admin = await this.#connectedAdmin();
    await until(`group ${groupId} to be past ${topic}/${partition}/${offset}`, async () => {
      const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] });
      const of = committed?.partitions.find((one) => one.partition === partition);
      return BigInt(of?.offset ?? -1) > BigInt(offset);
    });
  }

  /** Until a group is stable with so many members. */
  async membersOf(groupId: string, count: number): Promise<void> {
    const admin = await this.#connectedAdmin();
    await until(`group ${groupId} to have ${count} members`, async () => {
      const { groups } = await admin.describeGroups([groupId]);
      return groups[0]?.state === 'Stable' && groups[0].members.length === count;
    });
  }

  async close(): Promise<void> {
    await this.#admin?.disconnect();
    await this.#producer?.disconnect();
  }

  async #connectedAdmin(): Promise<Admin> {
    if (this.#admin === undefined) {
      this.#admin = this.#kafka.admin();
      await this.#admin.connect();
    }
    return this.#admin;
  }

  async #read({ topic, partition, offset }: Place): Promise<Message> {
    const consumer = this.#kafka.consumer({ groupId: `e2e-${crypto.randomUUID()}`, maxWaitTimeInMs: 100 });
    const found = Promise.withResolvers<Message>();
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachMessage: async (record) => {
        if (record.partition !== partition || record.message.offset !== offset) return;
        const { key, value, headers } = record.message;
        found.resolve({ key, value, ...(headers !== undefined && { headers }) });
      },
    });
    const message = await found.promise;
    await consumer.disconnect();
    return message;
  }
}
