import type { GroupListener, KafkaClient, RecordProducer, TopicAdmin } from '@event-bus/messaging-client';

/** What the interface is made of, by the parts of it that messaging-client exports. */
export type PartitionPlace = Parameters<GroupListener['joined']>[1][number];
export type OutgoingRecord = Parameters<RecordProducer['send']>[0][number];
export type RecordPlace = Awaited<ReturnType<RecordProducer['send']>>[number];
export type PartitionsOf = Parameters<KafkaClient['recordProducer']>[0];
export type NewTopic = Parameters<TopicAdmin['create']>[0][number];
export type FoundTopic = Awaited<ReturnType<TopicAdmin['describe']>> extends Map<string, infer Found> ? Found : never;
export type LogRange = Awaited<ReturnType<TopicAdmin['ranges']>>[number];
export type OffsetAt = Awaited<ReturnType<TopicAdmin['offsetsAt']>>[number];
