import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { checkDefinitions } from '../check-definitions.ts';
import { Consumers } from '../consume/consumers.ts';
import { HandlerPlaces } from '../consume/handler-places.ts';
import { DeadLetters } from '../dead-letters/dead-letters.ts';
import { loadDriver } from '../kafka/load-driver.ts';
import { ConsumerLag } from '../metrics/consumer-lag.ts';
import { MessagingFigures } from '../metrics/messaging-figures.ts';
import { logMessageEvents } from '../observe/log-message-events.ts';
import { MessageEvents } from '../observe/message-events.ts';
import { PayloadDrift } from '../observe/payload-drift.ts';
import { Outbox } from '../outbox/append-to-outbox.ts';
import { OutboxBacklog } from '../outbox/outbox-backlog.ts';
import { OutboxRelay } from '../outbox/relay-outbox.ts';
import { OUTBOX_CHANNEL } from '../outbox/outbox-table.ts';
import { ParkedRecords } from '../parking/parked-records.ts';
import { InstanceLock } from '../database/instance-lock.ts';
import { OUTBOX_RETENTION } from '../retention/messaging-retention.ts';
import { TableCleanup } from '../retention/table-cleanup.ts';
import { CONNECT_KAFKA, MESSAGING_OPTIONS } from '../options.ts';
import type { MessagingOptions } from '../options.ts';
import { MessagingStats } from '../stats/messaging-stats.ts';
import { KafkaConsumerStrategy } from './kafka-consumer.strategy.ts';

/** Everything a service needs to publish and to listen. Wants TypeORM's DataSource to be in the application. */
@Module({})
export class MessagingModule {
  /** Global, so to be imported once, by the root module. */
  static forRoot(options: MessagingOptions): DynamicModule {
    checkDefinitions(options.service, options.publishes);
    return {
      module: MessagingModule,
      global: true,
      providers: [
        { provide: MESSAGING_OPTIONS, useValue: options },
        { provide: CONNECT_KAFKA, useFactory: async () => options.connectKafka ?? loadDriver(options.kafka.driver) },
        { provide: MessageEvents, useFactory: createMessageEvents },
        { provide: InstanceLock, useFactory: createInstanceLock, inject: [DataSource] },
        Outbox,
        OutboxRelay,
        OutboxBacklog,
        DeadLetters,
        ParkedRecords,
        { provide: TableCleanup, useFactory: createTableCleanup, inject: [DataSource] },
        PayloadDrift,
        HandlerPlaces,
        Consumers,
        ConsumerLag,
        MessagingFigures,
        MessagingStats,
        KafkaConsumerStrategy,
      ],
      exports: [
        Outbox,
        OutboxRelay,
        OutboxBacklog,
        DeadLetters,
        KafkaConsumerStrategy,
        MessageEvents,
        PayloadDrift,
        MessagingFigures,
        MessagingStats,
        TableCleanup,
      ],
    };
  }
}

function createMessageEvents(): MessageEvents {
  const events = new MessageEvents();
  logMessageEvents(events);
  return events;
}

function createTableCleanup(dataSource: DataSource): TableCleanup {
  const cleanup = new TableCleanup(dataSource);
  cleanup.add(...OUTBOX_RETENTION);
  return cleanup;
}

function createInstanceLock(dataSource: DataSource): InstanceLock {
  const { options } = dataSource;
  if (options.type !== 'postgres' || options.url === undefined) {
    throw new Error('messaging-client needs a DataSource of type postgres that is configured by its url');
  }
  return new InstanceLock(options.url, OUTBOX_CHANNEL);
}
