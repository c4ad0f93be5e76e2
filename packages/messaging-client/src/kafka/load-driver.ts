import type { ConnectKafka } from './driver.ts';

export const KAFKA_DRIVERS = ['kafkajs', 'platformatic'] as const;

export type KafkaDriver = (typeof KAFKA_DRIVERS)[number];

/** Loads one library only: the other would cost a service memory and time at its start for nothing. */
export async function loadDriver(driver: KafkaDriver = 'kafkajs'): Promise<ConnectKafka> {
  if (driver === 'platformatic') return (await import('./platformatic/platformatic-client.ts')).connectPlatformatic;
  return (await import('./kafkajs/kafkajs-client.ts')).connectKafkajs;
}
