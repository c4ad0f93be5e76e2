/**
 * How each system is reached. A client is loaded when its system is used: the clients of the other brokers are installed by
 * the first `npm run lab`, and log-broker needs none of them.
 */
export const CONNECT = {
  'log-broker': async (address: string) => (await import('./kafka.ts')).KafkaClient.connect(address, 'log-broker'),
  kafka: async (address: string) => (await import('./kafka.ts')).KafkaClient.connect(address, 'Apache Kafka'),
  'kafka-zookeeper': async (address: string) =>
    (await import('./kafka.ts')).KafkaClient.connect(address, 'Apache Kafka with ZooKeeper'),
  rabbitmq: async (address: string) => (await import('./rabbitmq.ts')).RabbitClient.connect(address),
  redis: async (address: string) => (await import('./redis.ts')).RedisClient.connect(address),
  activemq: async (address: string) => (await import('./activemq.ts')).ActiveMqClient.connect(address),
  sqs: async (address: string) => (await import('./sqs.ts')).SqsClient.connect(address),
};

export type ClientOf<Name extends keyof typeof CONNECT> = Awaited<ReturnType<(typeof CONNECT)[Name]>>;
