import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import type { KafkaMessage, Message } from 'kafkajs';

/** kafkajs itself, as a client that knows nothing of messaging-client. */
export function rawKafka(broker: string): Kafka {
  return new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING });
}

export async function produce(broker: string, topic: string, messages: Message[]): Promise<void> {
  const producer = rawKafka(broker).producer();
  await producer.connect();
  await producer.send({ topic, messages });
  await producer.disconnect();
}

/** The first record of the topic; waits for one. */
export async function readOne(broker: string, topic: string): Promise<KafkaMessage> {
  const consumer = rawKafka(broker).consumer({ groupId: `reader-${randomUUID()}` });
  const read = Promise.withResolvers<KafkaMessage>();
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({ eachMessage: async ({ message }) => read.resolve(message) });
  const message = await read.promise;
  await consumer.disconnect();
  return message;
}
