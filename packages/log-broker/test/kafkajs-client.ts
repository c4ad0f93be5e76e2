import kafkajs from 'kafkajs';
import type { Kafka } from 'kafkajs';

/** kafkajs as any service uses it, without its advice on the console. */
export function kafkajsClient(address: string): Kafka {
  process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1';
  const retry = { initialRetryTime: 20, maxRetryTime: 200, retries: 8 };
  return new kafkajs.Kafka({ brokers: [address], logLevel: kafkajs.logLevel.NOTHING, retry });
}

/** Reads the whole of a topic in a group of its own, until `count` records are in. */
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
