import { Logger } from '@nestjs/common';
import { Kafka, logLevel } from 'kafkajs';
import type { LogEntry } from 'kafkajs';
import type { KafkaSettings } from './kafka-settings.ts';
import './repair-request-queue.ts';

/** Below the time a person waits; a broker that needs longer is treated as away and tried again. */
const CONNECT_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 15_000;

/** Short, because whoever uses the connection keeps trying anyway and wants to say so. */
const RETRY = { retries: 3, initialRetryTime: 100, maxRetryTime: 500 } as const;

export function connectKafka({ brokers, tls, sasl }: KafkaSettings, clientId: string): Kafka {
  return new Kafka({
    brokers: [...brokers],
    clientId,
    ...(tls !== undefined && { ssl: tls }),
    ...(sasl !== undefined && { sasl }),
    connectionTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry: RETRY,
    logLevel: logLevel.WARN,
    logCreator: () => forwardLog,
  });
}

const logger = new Logger('kafkajs');

/** kafkajs calls an error what its own retry mends; whoever uses the connection reports what matters. */
function forwardLog({ namespace, log: { message, ...details } }: LogEntry): void {
  logger.debug({ namespace, message, details: String(details['error'] ?? '') });
}
