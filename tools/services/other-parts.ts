/** What runs beside the services, and the ports by which people find it on this machine. 0 stands for any free port. */
export const PORTS_OF_PARTS = {
  console: 3000,
  'maildev-web': 1080,
  'maildev-smtp': 1025,
  'sms-gateway': 1090,
  'log-broker': 9092,
  'log-broker-health': 9644,
  // PostgreSQL's own 5432 is left to the one that a machine may already have.
  postgres: 0,
} as const;

/** Ports that only docker-compose.yml publishes by default. */
export const PORTS_OF_COMPOSE = [3030, 4318, 5432, 8080, 9090, 9093, 9094, 16_686];

/** A part that a setting of a service may name, as in `smtp://{maildev-smtp}`: its address is filled in for each environment. */
interface NamedPart {
  /** Of the local stack; the name in braces is that of its port. */
  readonly part: string;
  readonly composeAddress: string;
  /** Of compose, those of which one runs, by profile. */
  readonly composeServices: readonly string[];
}

export const NAMED_PARTS: Readonly<Record<string, NamedPart>> = {
  'maildev-smtp': {
    part: 'maildev',
    composeAddress: 'maildev:1025',
    composeServices: ['maildev', 'maildev-secure'],
  },
  'sms-gateway': { part: 'sms-gateway', composeAddress: 'sms-gateway:1090', composeServices: ['sms-gateway'] },
};

/** Names in braces. */
export const NAMED_PART = /\{([^{}]*)\}/g;

/** A service must not have the name of one of these: of a part, of a service of docker-compose.yml or of a folder of secrets. */
export const NAMES_OF_OTHERS = new Set([
  ...[
    'console',
    'postgres',
    'maildev',
    'maildev-secure',
    'sms-gateway',
    'log-broker',
    'kafka',
    'kafka-secure',
    'kafka-ui',
  ],
  ...['kafka-1', 'kafka-2', 'kafka-3', 'kafka-users', 'prometheus', 'grafana', 'jaeger', 'brokers', 'event-bus'],
  ...['secrets', 'certificates', 'authority', 'tokens', 'topics'],
]);

/** Settings that each environment makes itself; a manifest must not have them. */
export const SETTINGS_OF_ALL = new Set([
  ...['HTTP_HOST', 'HTTP_PORT', 'ADMIN_LISTEN', 'ADMIN_TOKEN', 'INSTANCE_ID', 'DATABASE_URL'],
  ...['KAFKA_BROKERS', 'KAFKA_DRIVER', 'KAFKA_REPLICATION_FACTOR'],
  ...['KAFKA_SSL_CA', 'KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'],
]);
