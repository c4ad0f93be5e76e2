import { placeOf, withPlace } from '../basics/address.ts';
import type { Through } from './system.ts';

/**
 * How each system is reached. A client is loaded when its system is used: the clients of the other brokers are installed by
 * the first `npm run lab`, and log-broker needs none of them. `through` puts something between client and broker.
 */
export const CONNECT = {
  'log-broker': async (address: string, through?: Through) =>
    (await import('./kafka.ts')).KafkaClient.connect(address, 'log-broker', through),
  kafka: async (address: string, through?: Through) =>
    (await import('./kafka.ts')).KafkaClient.connect(address, 'Apache Kafka', through),
  'kafka-zookeeper': async (address: string, through?: Through) =>
    (await import('./kafka.ts')).KafkaClient.connect(address, 'Apache Kafka with ZooKeeper', through),
  rabbitmq: async (address: string, through?: Through) =>
    (await import('./rabbitmq.ts')).RabbitClient.connect(await instead(address, through)),
  redis: async (address: string, through?: Through) =>
    (await import('./redis.ts')).RedisClient.connect(await instead(address, through)),
  activemq: async (address: string, through?: Through) =>
    (await import('./activemq.ts')).ActiveMqClient.connect(await instead(address, through)),
  sqs: async (address: string, through?: Through) =>
    (await import('./sqs.ts')).SqsClient.connect(await instead(address, through)),
};

export type ClientOf<Name extends keyof typeof CONNECT> = Awaited<ReturnType<(typeof CONNECT)[Name]>>;

async function instead(address: string, through: Through | undefined): Promise<string> {
  return through === undefined ? address : withPlace(address, await through(placeOf(address)));
}
