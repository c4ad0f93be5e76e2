import { Logger } from '@nestjs/common';
import { Kafka, logLevel } from 'kafkajs';
import type { LogEntry } from 'kafkajs';

import type { KafkaClient } from '../driver.ts';
import type { KafkaSettings } from '../kafka-settings.ts';
import { CONNECT_TIMEOUT_MS, REQUEST_TIMEOUT_MS } from '../timeouts.ts';
import { KafkajsGroupMember } from './kafkajs-group-member.ts';
import { KafkajsRecordProducer } from './kafkajs-record-producer.ts';
import { KafkajsTopicAdmin } from './kafkajs-topic-admin.ts';
import './repair-request-queue.ts';

/** Short, because the callers retry by themselves and report it. */
const RETRY = { retries: 3, initialRetryTime: 100, maxRetryTime: 500 } as const;

export function connectKafkajs({ brokers, tls, sasl }: KafkaSettings, clientId: string): KafkaClient {
  const kafka = new Kafka({
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
  return {
    topicAdmin: () => new KafkajsTopicAdmin(kafka),
    recordProducer: (partitionsOf) => new KafkajsRecordProducer(kafka, partitionsOf),
    groupMember: (groupId, topics, listener) => new KafkajsGroupMember(kafka, groupId, topics, listener),
  };
}

const logger = new Logger('kafkajs');

/** kafkajs logs as errors what its own retries resolve; the callers report what matters. */
function forwardLog({ namespace, log: { message, ...details } }: LogEntry): void {
  logger.debug({ namespace, message, details: String(details['error'] ?? '') });
}
