export const KAFKA_DRIVERS = ['kafkajs', 'platformatic'] as const;

export type KafkaDriver = (typeof KAFKA_DRIVERS)[number];

/** Which brokers there are, whom of them to trust, as whom to log in, and by which library. */
export interface KafkaSettings {
  /** kafkajs unless given. */
  readonly driver?: KafkaDriver;
  /** host:port of one or more brokers. */
  readonly brokers: readonly string[];
  /** Given: every connection is encrypted, and each broker has to prove that it is one. */
  readonly tls?: {
    /** Certificate authorities, as PEM, from one of which brokers' certificates come; those that Node knows unless given. */
    readonly ca?: string;
  };
  readonly sasl?: {
    readonly mechanism: 'scram-sha-512';
    readonly username: string;
    readonly password: string;
  };
}
