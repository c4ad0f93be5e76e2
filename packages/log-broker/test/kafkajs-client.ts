import kafkajs from 'kafkajs';
import type { Kafka, KafkaConfig } from 'kafkajs';

/** kafkajs as a service uses it, without its console output. */
export function kafkajsClient(address: string, security: Pick<KafkaConfig, 'ssl' | 'sasl'> = {}): Kafka {
  process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1';
  const retry = { initialRetryTime: 20, maxRetryTime: 200, retries: 8 };
  return new kafkajs.Kafka({ brokers: [address], logLevel: kafkajs.logLevel.NOTHING, retry, ...security });
}

/** Reads a topic from its start in a group of its own, until `count` records have arrived. */
export async function readRecords(kafka: Kafka, topic: string, count: number, groupId: string) {
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 200 });
  const records: { key: string; value: string; partition: number; offset: number }[] = [];
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer
      .run({
        eachMessage: ({ partition, message }) => {
          const { key, value, offset } = message;
          records.push({ key: String(key), value: String(value), partition, offset: Number(offset) });
          if (records.length >= count) resolve();
          return Promise.resolve();
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
  return records;
}
