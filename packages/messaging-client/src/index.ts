/** The public face, in the order in which a message travels. */

export { MessagingModule } from './nest/messaging.module.ts';
export type { MessagingOptions } from './options.ts';
export { kafkaLoginIsComplete, kafkaSettings, messagingEnv, trustedAuthorities } from './config.ts';
export type { KafkaSettings } from './kafka/kafka-settings.ts';
export type { BrokerConnection, BrokerHealth } from './kafka/broker-link.ts';
export type {
  ConnectKafka,
  FetchedRecord,
  GroupListener,
  GroupMember,
  KafkaClient,
  RecordBatch,
  RecordProducer,
  TopicAdmin,
} from './kafka/driver.ts';
export { RecordHeaders } from './kafka/record-headers.ts';
export { RecordsRejected } from './kafka/records-rejected.ts';
export { loadDriver } from './kafka/load-driver.ts';
export { createMissingTopics } from './kafka/ensure-topics.ts';
export type { EnsuredTopic } from './kafka/ensure-topics.ts';
export { messagingMigrations, messagingMigrationsSql, missingMigrations } from './migrations.ts';
export type { EventDefinition, TopicDefinition, Upcast } from './event-definition.ts';

export { Outbox } from './outbox/append-to-outbox.ts';
export type { AppendOptions, Appended } from './outbox/append-to-outbox.ts';
export type {
  AppendTransaction,
  KyselyTransaction,
  PgTransaction,
  TransactionExecutor,
  TypeOrmTransaction,
} from './outbox/append-transaction.ts';
export { OutboxBacklog } from './outbox/outbox-backlog.ts';
export type { Backlog } from './outbox/outbox-backlog.ts';
export { dropRejectedRows, findRejectedRows, retryRejectedRows } from './outbox/resolve-rejected-rows.ts';
export type {
  RejectedRow,
  RejectedRowFilter,
  ResolvedRows,
  ResolveRejectedRows,
} from './outbox/resolve-rejected-rows.ts';
export {
  countWaitingEvents,
  describeSearchedRows,
  findRowsOfKeys,
  findShardHolders,
  inspectRowsOfEvents,
  inspectWaitingRows,
  publishedPerSecond,
  readTimeToRecordP99Ms,
  searchOutboxRows,
} from './outbox/inspect-outbox.ts';
export { listCommittedEvents, listPublishedEvents } from './outbox/list-committed.ts';
export { readPayloadFields } from './outbox/read-payload-fields.ts';
export { countInbox, findInboxRows, listUnconfirmedClaims } from './inbox/inspect-inbox.ts';
export { countParkedOfGroups, listParkedLanes, summarizeParked } from './parking/list-parked-lanes.ts';
export { OutboxRelay } from './outbox/relay-outbox.ts';

export { OnEvent, OnEvents } from './handler/on-event.decorator.ts';
export type {
  BatchOptions,
  GivenUpPolicy,
  GivingUp,
  OutsideOptions,
  RepeatableOptions,
} from './handler/on-event.decorator.ts';
export { handledEvents, handledEventsByGroup, publishedEvents } from './handler/handled-events.ts';
export { connectConsumer } from './nest/connect-consumer.ts';
export { KafkaConsumerStrategy } from './nest/kafka-consumer.strategy.ts';
export type { ConsumerHealth } from './consume/consumer.ts';
export type {
  AmbiguousPolicy,
  Claim,
  ClaimFacts,
  Confirmed,
  OutsideContext,
  RecordContext,
  TransactionContext,
} from './handler/record-context.ts';

export { DeadLetters } from './dead-letters/dead-letters.ts';
export type { DeadLetter, DeadLetterReason, DeadLetterState } from './dead-letters/dead-letter.ts';
export { findActsOfLetter, listActs } from './dead-letters/list-acts.ts';
export { countDeadLetters, findDeadLetters, listDeadLetters } from './dead-letters/find-dead-letters.ts';
export type { DeadLetterCount, DeadLetterFilter } from './dead-letters/find-dead-letters.ts';
export { foreseeAct } from './dead-letters/foresee-act.ts';
export type { Foreseen } from './dead-letters/foresee-act.ts';
export { listUnfinishedEvents } from './dead-letters/list-unfinished.ts';
export { dropDeadLetters, redriveDeadLetters } from './dead-letters/resolve-dead-letters.ts';
export type { LetterPlace, Redrive, Resolve, Resolved } from './dead-letters/resolve-dead-letters.ts';
export { recordDeadLettered } from './dead-letters/announce-dead-letter.ts';
export { deadTopicOf } from './dead-topic.ts';
export type { RecordDeadLettered } from './dead-letters/announce-dead-letter.ts';
export { databaseErrorKind, isDatabaseUnavailable } from './database/database-errors.ts';
export type { DatabaseErrorKind } from './database/database-errors.ts';
export { ownDatabase } from './database/database-owner.ts';
export { TableCleanup } from './retention/table-cleanup.ts';
export { deleteSome, olderThan } from './retention/bounded-delete.ts';
export type { BoundedDelete } from './retention/bounded-delete.ts';
export { TransactionBatcher } from './database/transaction-batcher.ts';
export { queryOf, queryOfClient } from './database/query.ts';
export type { Query } from './database/query.ts';

export { formatDuration } from './format-duration.ts';
export { MessagingError, PermanentError, TransientError } from './errors.ts';
export type { MessagingErrorCode } from './errors.ts';
export { MessagingFigures } from './metrics/messaging-figures.ts';
export { MessagingStats } from './stats/messaging-stats.ts';
export { readStats } from './stats/read-stats.ts';
export type { Stats } from './stats/read-stats.ts';
export { MESSAGE_EVENT_NAMES, MessageEvents } from './observe/message-events.ts';
export type { MessageEventMap } from './observe/message-events.ts';
export { OTHER_FIELDS, PayloadDrift } from './observe/payload-drift.ts';
export type { DriftCount } from './observe/payload-drift.ts';
export { watchEventLoop } from './observe/event-loop-watch.ts';
export type { EventLoopWatchOptions } from './observe/event-loop-watch.ts';
export { currentRecord, currentTrace } from './observe/scope.ts';
export type { CurrentRecord } from './observe/scope.ts';
export { failSpan, inSpan, runInTrace } from './observe/spans.ts';
export type { TraceContext } from './observe/trace-context.ts';
