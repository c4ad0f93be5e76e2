import type { BackoffBounds } from './backoff.ts';
import type { EventDefinition } from './event-definition.ts';
import type { ConnectKafka } from './kafka/driver.ts';
import type { KafkaSettings } from './kafka/kafka-settings.ts';

export const MESSAGING_OPTIONS = Symbol('messaging options');

/** How to connect to Kafka by the library that the options name; loaded when the service starts. */
export const CONNECT_KAFKA = Symbol('connect Kafka');

/** What `MessagingModule.forRoot()` needs to know of a service. */
export interface MessagingOptions {
  /** Name of the service: `ce_source` of the events that it publishes, and its consumer group. */
  readonly service: string;
  readonly kafka: KafkaSettings & {
    /** Copies of each topic that is created; what the broker has as its default unless given. */
    readonly replicationFactor?: number;
  };
  /**
   * Speaks with Kafka by another library than `kafka.driver` names; `kafkaDriverContract()` of `/testing` says what it has to do.
   */
  readonly connectKafka?: ConnectKafka;
  /** What this service may append to its outbox. Their topics are created when they are missing. */
  readonly publishes: ReadonlyArray<EventDefinition>;
  /**
   * Whether this instance publishes what waits in the outbox; on unless given. At least one instance of the service has to, or
   * its events wait. Appending and consuming do not depend on it.
   */
  readonly relay?: { readonly enabled: boolean };
  /** How long a record that failed waits in the database for its next attempt; PARKED_DELAY_MS unless given. */
  readonly parkedDelayMs?: BackoffBounds;
  /** How long an outside effect of unknown outcome waits before it is retried; RESEND_DELAY_MS unless given. */
  readonly resendDelayMs?: BackoffBounds;
}

/** What the parts of one consumer are made with. */
export interface ConsumerOptions extends MessagingOptions {
  /** The consumer group; that of the service unless given. */
  readonly group?: string;
}

export function groupOf({ service, group = service }: ConsumerOptions): string {
  return group;
}

/** The consumer group of a handler: the service's, or for one with a name a group of its own. */
export function groupOfHandler(service: string, name: string | undefined): string {
  return name === undefined ? service : `${service}.${name}`;
}
