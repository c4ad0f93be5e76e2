import type { ConnectKafka } from './driver.ts';
import type { KafkaDriver } from './kafka-settings.ts';

/** Loads one library only: the other would cost memory and start-up time for nothing. */
export async function loadDriver(driver: KafkaDriver = 'kafkajs'): Promise<ConnectKafka> {
  if (driver === 'platformatic') return (await import('./platformatic/platformatic-client.ts')).connectPlatformatic;
  return (await import('./kafkajs/kafkajs-client.ts')).connectKafkajs;
}
