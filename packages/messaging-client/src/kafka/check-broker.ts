import type { KafkaClient } from './driver.ts';

/** Resolves when the broker takes a new connection and answers on it. */
export async function checkBroker(kafka: KafkaClient): Promise<void> {
  const admin = kafka.topicAdmin();
  try {
    await admin.connect();
  } finally {
    await admin.close();
  }
}
