export const KAFKA_DRIVERS = ['kafkajs', 'platformatic'] as const;

export type KafkaDriver = (typeof KAFKA_DRIVERS)[number];

/** The brokers, how to verify them, the login, and the client library. */
export interface KafkaSettings {
  /** kafkajs unless given. */
  readonly driver?: KafkaDriver;
  /** host:port of one or more brokers. */
  readonly brokers: readonly string[];
  /** If given, every connection is encrypted and each broker's certificate is verified. */
  readonly tls?: {
    /** The authorities that sign the brokers' certificates, as PEM; those that Node trusts unless given. */
    readonly ca?: string;
  };
  readonly sasl?: {
    readonly mechanism: 'scram-sha-512';
    readonly username: string;
    readonly password: string;
  };
}
