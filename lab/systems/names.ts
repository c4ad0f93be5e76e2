import type { Text } from '../basics/text.ts';

export interface SystemFacts {
  readonly title: string;
  /** Environment variables begin with this. */
  readonly setting: string;
  /** Where it is looked for when that variable is not set. */
  readonly address: string;
  /** Said beside its results. */
  readonly note?: Text;
}

/** In the order of the columns. */
export const SYSTEMS = {
  'log-broker': {
    title: 'log-broker',
    setting: 'LAB_LOG_BROKER_BOOTSTRAP',
    address: '',
    note: {
      en: "This repository's own broker, started by the lab.",
      ko: '이 저장소의 브로커. 랩이 직접 시작한다.',
    },
  },
  kafka: { title: 'Apache Kafka', setting: 'LAB_KAFKA_BOOTSTRAP', address: '127.0.0.1:9092' },
  'kafka-zookeeper': {
    title: 'Apache Kafka with ZooKeeper',
    setting: 'LAB_KAFKA_ZOOKEEPER_BOOTSTRAP',
    address: '127.0.0.1:29092',
    note: {
      en: '3.9 is the last line with ZooKeeper.',
      ko: '3.9가 ZooKeeper를 쓰는 마지막 버전대이다.',
    },
  },
  rabbitmq: {
    title: 'RabbitMQ',
    setting: 'LAB_RABBITMQ_URL',
    address: 'amqp://guest:guest@127.0.0.1:5672',
    note: {
      en: '3.10 is what Debian 12 has; 4 is the current line.',
      ko: '3.10은 Debian 12에 들어 있는 버전이다. 현재 버전대는 4이다.',
    },
  },
  redis: { title: 'Redis', setting: 'LAB_REDIS_URL', address: 'redis://127.0.0.1:6379' },
  activemq: {
    title: 'ActiveMQ Classic',
    setting: 'LAB_ACTIVEMQ_URL',
    address: 'amqp://127.0.0.1:61618',
    note: {
      en: 'By AMQP 1.0. A redelivery limit is a setting of its OpenWire client.',
      ko: 'AMQP 1.0으로 접속한다. 재전달 한도는 OpenWire 클라이언트의 설정이다.',
    },
  },
  sqs: {
    title: 'Amazon SQS (ElasticMQ)',
    setting: 'LAB_SQS_URL',
    address: 'http://127.0.0.1:9324',
    note: {
      en: 'ElasticMQ has the API of SQS; Amazon itself is not run.',
      ko: 'ElasticMQ는 SQS의 API를 제공한다. Amazon 서비스 자체는 실행하지 않는다.',
    },
  },
} as const satisfies Readonly<Record<string, SystemFacts>>;

/** The version of what is not released on its own. */
export const OWN_VERSION = 'of this repository';

export type SystemName = keyof typeof SYSTEMS;

export const SYSTEM_NAMES = Object.keys(SYSTEMS) as SystemName[];
