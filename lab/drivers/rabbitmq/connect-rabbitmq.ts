import type { ConnectKafka } from '@event-bus/messaging-client';
import { RabbitGroupMember } from './rabbit-group-member.ts';
import { RabbitRecordProducer } from './rabbit-record-producer.ts';
import { RabbitTopicAdmin } from './rabbit-topic-admin.ts';

/**
 * messaging-client over RabbitMQ, by the interface that its Kafka clients are behind: publish with confirm, consume with
 * manual ack. A partition is a stream queue. An experiment, not a driver for services.
 */
export const connectRabbitmq: ConnectKafka = ({ brokers }) => {
  const [address] = brokers;
  return {
    topicAdmin: () => new RabbitTopicAdmin(address!),
    recordProducer: (partitionsOf) => new RabbitRecordProducer(address!, partitionsOf),
    groupMember: (group, topics, listener) => new RabbitGroupMember(address!, group, topics, listener),
  };
};
