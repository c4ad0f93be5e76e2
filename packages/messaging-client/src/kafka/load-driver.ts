import type { ConnectKafka } from './driver.ts';
import type { KafkaDriver } from './kafka-settings.ts';

/** Loads one library only: the other would cost a service memory and time at its start for nothing. */
export async function loadDriver(driver: KafkaDriver = 'kafkajs'): Promise<ConnectKafka> {
  if (driver === 'platformatic') return (await import('./platformatic/platformatic-client.ts')).connectPlatformatic;
  return (await import('./kafkajs/kafkajs-client.ts')).connectKafkajs;
}
