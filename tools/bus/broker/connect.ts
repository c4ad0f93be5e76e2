import '../../../packages/messaging-client/src/kafka/kafkajs/repair-request-queue.ts';
import { Kafka, logLevel } from 'kafkajs';
import type { Admin } from 'kafkajs';
import { unreachable } from '../problem.ts';
import type { BrokerSetting } from '../settings.ts';
import { clusterOf } from './cluster.ts';
import type { Cluster } from './cluster.ts';

const CONNECT_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 15_000;
/** The operator waits; the second attempt shows whether the broker is available. */
const RETRY = { retries: 2, initialRetryTime: 100, maxRetryTime: 500 } as const;

export interface Broker {
  readonly kafka: Kafka;
  readonly admin: Admin;
  /** For reading without a group, which kafkajs's consumer cannot. */
  readonly cluster: Cluster;
}

/** Connects, uses and disconnects. */
export async function withBroker<Result>(
  { addresses, setting, tls, sasl }: BrokerSetting,
  use: (broker: Broker) => Promise<Result>,
): Promise<Result> {
  const kafka = new Kafka({
    brokers: [...addresses],
    clientId: 'bus',
    ssl: tls,
    sasl,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry: RETRY,
    logLevel: logLevel.NOTHING,
  });
  const admin = kafka.admin();
  const cluster = clusterOf(kafka);
  try {
    await Promise.all([admin.connect(), cluster.connect()]);
    return await use({ kafka, admin, cluster });
  } catch (error) {
    throw isConnectionError(error) ? unreachable('the broker', addresses.join(','), setting, error) : error;
  } finally {
    await Promise.allSettled([admin.disconnect(), cluster.disconnect()]);
  }
}

const CONNECTION_ERRORS = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSBrokerNotFound',
]);

function isConnectionError(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (CONNECTION_ERRORS.has(cause.name)) return true;
  }
  return false;
}
