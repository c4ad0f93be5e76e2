import type { ConnectKafka, RecordBatch } from '../src/kafka/driver.ts';

/** A driver whose members receive something else than what it read. */
export function changeBatches(connect: ConnectKafka, change: (batch: RecordBatch) => RecordBatch): ConnectKafka {
  return (settings, clientId) => {
    const kafka = connect(settings, clientId);
    return {
      topicAdmin: () => kafka.topicAdmin(),
      recordProducer: (partitionsOf) => kafka.recordProducer(partitionsOf),
      groupMember: (group, topics, listener) =>
        kafka.groupMember(group, topics, {
          ...listener,
          received: (batch) => listener.received(change(batch)),
        }),
    };
  };
}
