import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { until as bounded } from '@event-bus/test-kit/until';
import { Module } from '@nestjs/common';
import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { AsyncMicroserviceOptions } from '@nestjs/microservices';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import {
  DeadLetters,
  KafkaConsumerStrategy,
  MessageEvents,
  MessagingModule,
  messagingMigrations,
  Outbox,
  OutboxRelay,
} from '../src/index.ts';
import type { ConnectKafka, EventDefinition, KafkaSettings, MessageEventMap } from '../src/index.ts';
import { dataSourceModule } from './data-source-module.ts';
import type { RecordContext } from '../src/handler/record-context.ts';
import type { KafkaDriver } from '../src/kafka/kafka-settings.ts';
import { InstanceLock } from '../src/database/instance-lock.ts';

export interface TestPayload {
  key: string;
  n: number;
  /** To make it large. */
  text?: string | undefined;
}

/** An event and a topic that only this test knows, so that tests can share a broker and a database. */
export function newTestEvent(partitions = 3): EventDefinition<TestPayload> {
  const id = randomUUID();
  return {
    name: `thing.happened-${id}`,
    version: 1,
    topic: { name: `thing-${id}`, partitions, retentionMs: 3_600_000 },
    key: ({ key }) => key,
    schema: z.object({ key: z.string(), n: z.int(), text: z.string().optional() }),
  };
}

export interface TestService {
  readonly dataSource: DataSource;
  readonly outbox: Outbox;
  readonly events: MessageEvents;
  readonly deadLetters: DeadLetters;
  readonly consumer: KafkaConsumerStrategy;
  readonly relay: OutboxRelay;
  /** Appends the events in one transaction. @returns their ids */
  publish(event: EventDefinition<TestPayload>, ...payloads: TestPayload[]): Promise<string[]>;
  stop(): Promise<void>;
  /** As by kill -9, but within this process: its database sessions end, and nothing is finished, committed or given back. */
  crash(): Promise<void>;
}

export interface TestServiceOptions {
  readonly databaseUrl: string;
  readonly broker: string;
  readonly driver?: KafkaDriver;
  readonly connectKafka?: ConnectKafka;
  readonly tls?: KafkaSettings['tls'];
  readonly sasl?: KafkaSettings['sasl'];
  readonly publishes?: EventDefinition[];
  readonly controllers?: Type[];
  readonly service?: string;
  /** On unless given. */
  readonly relay?: { readonly enabled: boolean };
  /** Short unless given: tests wait for it. */
  readonly parkedDelayMs?: { first: number; max: number };
  readonly resendDelayMs?: { first: number; max: number };
}

const SESSION_ENDS_WITHIN_MS = 5_000;

/** A whole Nest service around messaging-client: real database, real broker. */
export async function startTestService(options: TestServiceOptions): Promise<TestService> {
  const applicationName = `test-${randomUUID()}`;
  const service = options.service ?? `service-${options.databaseUrl.split('/').at(-1)}`;
  const dataSource = new DataSource({
    type: 'postgres',
    url: options.databaseUrl,
    applicationName,
    migrations: messagingMigrations(service),
    migrationsRun: true,
    poolSize: 24,
    // As in service-kit: a connection that crash() ends while it opens must not end the process.
    extra: { pipeline: true, onConnect: (client: Client) => void client.on('error', () => undefined) },
  });
  await dataSource.initialize();

  @Module({
    imports: [
      dataSourceModule(dataSource),
      MessagingModule.forRoot({
        service,
        kafka: {
          brokers: [options.broker],
          ...(options.driver !== undefined && { driver: options.driver }),
          ...(options.tls !== undefined && { tls: options.tls }),
          ...(options.sasl !== undefined && { sasl: options.sasl }),
        },
        publishes: options.publishes ?? [],
        ...(options.connectKafka !== undefined && { connectKafka: options.connectKafka }),
        ...(options.relay !== undefined && { relay: options.relay }),
        parkedDelayMs: options.parkedDelayMs ?? { first: 50, max: 200 },
        resendDelayMs: options.resendDelayMs ?? { first: 50, max: 200 },
      }),
    ],
    controllers: options.controllers ?? [],
  })
  class ServiceModule {}

  const app = await NestFactory.createMicroservice<AsyncMicroserviceOptions>(ServiceModule, {
    inject: [KafkaConsumerStrategy],
    useFactory: (strategy: KafkaConsumerStrategy) => ({ strategy }),
    logger: false,
  });
  const events = app.get(MessageEvents);
  const relayHasShards = new Promise<void>((resolve) => {
    events.once('relay.shards', () => resolve());
  });
  await app.listen();
  if (options.relay?.enabled !== false) await relayHasShards;

  const outbox = app.get(Outbox);
  return {
    dataSource,
    outbox,
    consumer: app.get(KafkaConsumerStrategy),
    relay: app.get(OutboxRelay),
    events,
    deadLetters: app.get(DeadLetters),
    publish: (event, ...payloads) =>
      dataSource.transaction(async (manager) => {
        const ids: string[] = [];
        for (const payload of payloads) ids.push((await outbox.append(manager, event, payload)).id);
        return ids;
      }),
    stop: async () => {
      await app.close();
      await dataSource.destroy();
    },
    crash: async () => {
      const instanceLock = app.get(InstanceLock, { strict: false });
      await instanceLock.onApplicationShutdown();
      void dataSource.destroy().catch(() => undefined);
      await endSessions(options.databaseUrl, [applicationName, `instance ${instanceLock.id}`]);
      // It leaves the group, because the tests would else wait for its session to run out.
      await app.get(KafkaConsumerStrategy).unwrap<{ stop(): Promise<void> } | undefined>()?.stop();
      void app.close().catch(() => undefined);
    },
  };
}

/** Resolves when they have ended: until then the server keeps their locks, and other instances take this one for alive. */
async function endSessions(databaseUrl: string, names: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(
    'SELECT pg_terminate_backend(pid, $2) FROM pg_stat_activity WHERE application_name = ANY ($1::text[])',
    [names, SESSION_ENDS_WITHIN_MS],
  );
  await client.end();
}

/** Resolves when the condition is met, which is looked at again after each of the named events; throws when it never is. */
export async function until(
  events: MessageEvents,
  names: Array<keyof MessageEventMap>,
  condition: () => boolean | Promise<boolean>,
  withinMs?: number,
): Promise<void> {
  await bounded(condition.toString(), condition, withinMs, {
    wake: (look) => {
      for (const name of names) events.on(name, look);
      return () => names.forEach((name) => events.off(name, look));
    },
  });
}

/** What handlers of a test were called with, in order. */
export interface Seen {
  payload: TestPayload;
  context: Pick<RecordContext, 'event' | 'partition' | 'offset' | 'attempt'>;
}
