import type { BaseOptions } from '@platformatic/kafka';
import type { KafkaClient } from '../driver.ts';
import type { KafkaSettings } from '../kafka-settings.ts';
import { CONNECT_TIMEOUT_MS, REQUEST_TIMEOUT_MS } from '../timeouts.ts';
import { PlatformaticGroupMember } from './platformatic-group-member.ts';
import { PlatformaticRecordProducer } from './platformatic-record-producer.ts';
import { PlatformaticTopicAdmin } from './platformatic-topic-admin.ts';

export function connectPlatformatic({ brokers, tls, sasl }: KafkaSettings, clientId: string): KafkaClient {
  const options: BaseOptions = {
    bootstrapBrokers: [...brokers],
    clientId,
    ...(tls !== undefined && { tls }),
    ...(sasl !== undefined && { sasl: { ...sasl, mechanism: 'SCRAM-SHA-512' } }),
    connectTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    autocreateTopics: false,
  };
  return {
    topicAdmin: () => new PlatformaticTopicAdmin(options),
    recordProducer: (partitionsOf) => new PlatformaticRecordProducer(options, partitionsOf),
    groupMember: (groupId, topics, listener) => new PlatformaticGroupMember(options, groupId, topics, listener),
  };
}
