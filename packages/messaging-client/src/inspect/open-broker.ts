import '../kafka/kafkajs/repair-request-queue.ts';
import { Kafka, logLevel } from 'kafkajs';
import type { Admin } from 'kafkajs';
import type { KafkaSettings } from '../kafka/kafka-settings.ts';
import { clusterOf } from './cluster.ts';
import type { Cluster } from './cluster.ts';

const CONNECT_TIMEOUT_MS = 3_000;
/** A person waits; the second attempt shows whether the broker is available. */
const RETRY = { retries: 2, initialRetryTime: 100, maxRetryTime: 500 } as const;

/** Connections for looking into topics and groups; `close()` ends them. */
export interface Broker {
  readonly kafka: Kafka;
  readonly admin: Admin;
  /** For reading without a group, which kafkajs's consumer cannot. */
  readonly cluster: Cluster;
  /** Does not reject. */
  close(): Promise<void>;
}

export interface OpenBrokerOptions {
  readonly clientId: string;
  readonly requestTimeoutMs: number;
}

/** Connects for looking into topics and groups. Nothing here joins a group. */
export async function openBroker(
  { brokers, tls, sasl }: KafkaSettings,
  { clientId, requestTimeoutMs }: OpenBrokerOptions,
): Promise<Broker> {
  const kafka = new Kafka({
    brokers: [...brokers],
    clientId,
    ssl: tls,
    sasl,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: requestTimeoutMs,
    retry: RETRY,
    logLevel: logLevel.NOTHING,
  });
  const admin = kafka.admin();
  const cluster = clusterOf(kafka);
  const close = async (): Promise<void> => {
    await Promise.allSettled([admin.disconnect(), cluster.disconnect()]);
  };
  try {
    await Promise.all([admin.connect(), cluster.connect()]);
  } catch (error) {
    await close();
    throw error;
  }
  return { kafka, admin, cluster, close };
}

const CONNECTION_ERRORS = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSBrokerNotFound',
]);

/** Whether the user of this connection has no right to what was requested. */
export function isNotAllowed(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { type } = cause as { type?: unknown };
    if (typeof type === 'string' && type.endsWith('_AUTHORIZATION_FAILED')) return true;
  }
  return false;
}

/** Whether the broker did not answer, as opposed to an answer that is an error. */
export function isConnectionError(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (CONNECTION_ERRORS.has(cause.name)) return true;
  }
  return false;
}
