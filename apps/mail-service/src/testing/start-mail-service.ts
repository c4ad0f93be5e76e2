import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { KafkaConsumerStrategy } from '@event-bus/messaging-client';
import { createService, Database } from '@event-bus/service-kit';
import type { INestApplication } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { MessageHandler } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import { DataSource } from 'typeorm';
import { mailServiceConfig } from '../config.ts';
import { MailServiceModule } from '../mail-service.module.ts';

interface EventRecord {
  readonly event: { readonly name: string; readonly version: number; readonly topic: { readonly name: string } };
  readonly payload: unknown;
  readonly id: string;
  readonly offset: string;
}

/** What the lane of a record is told after one try. */
type Outcome = { readonly done: true } | { readonly retryInMs: number };

export interface MailService {
  readonly dataSource: DataSource;
  readonly url: string;
  /** One try of one record, by everything that a fetched record goes through: decoding, inbox, handler, dead letters. */
  deliver(record: EventRecord): Promise<Outcome>;
  stop(): Promise<void>;
}

let nextOffset = 0;

export function recordOf(event: EventRecord['event'], payload: unknown, id: string = randomUUID()): EventRecord {
  return { event, payload, id, offset: String(nextOffset++) };
}

/** The whole service over its real database and mail server. Only the broker is absent; records are handed in. */
export async function startMailService({
  databaseUrl,
  smtpUrl,
}: {
  databaseUrl: string;
  smtpUrl: string;
}): Promise<MailService> {
  const config = mailServiceConfig.parse({
    HTTP_PORT: '0',
    DATABASE_URL: databaseUrl,
    KAFKA_BROKERS: '127.0.0.1:1',
    SMTP_URL: smtpUrl,
    MAIL_FROM: '이벤트 상점 <no-reply@example.com>',
    LOG_LEVEL: 'silent',
  });
  const app = await createService({
    service: 'mail-service',
    module: MailServiceModule.forRoot(config),
    config,
  });
  await app.startAllMicroservices();
  await app.listen(0, '127.0.0.1');
  await app.get(Database).opened;

  const handlers = app.get(KafkaConsumerStrategy).getHandlers();
  const processor = recordProcessorOf(app);
  return {
    dataSource: app.get(DataSource),
    url: await app.getUrl(),
    stop: () => app.close(),
    deliver: ({ event, payload, id, offset }) =>
      processor.process(
        {
          topic: event.topic.name,
          partition: 0,
          message: {
            key: Buffer.from(id),
            value: Buffer.from(JSON.stringify(payload)),
            offset,
            timestamp: String(Date.now()),
            headers: {
              ce_specversion: '1.0',
              ce_id: id,
              ce_source: 'test',
              ce_type: event.name,
              ce_time: new Date().toISOString(),
              ce_dataschema: `urn:event:${event.name}:v${event.version}`,
            },
          },
        },
        (name) => {
          const handler = handlers.get(name);
          const run = (payload: unknown, context: unknown): Promise<unknown> => call(handler!, payload, context);
          return handler && { ...handler.extras?.['handler'], call: run };
        },
        1,
      ),
  };
}

/** messaging-client's own way from bytes to a verdict. It is nobody's to inject, so it is looked up by its name. */
interface RecordProcessor {
  process(record: object, handlerOf: (event: string) => object | undefined, attempt: number): Promise<Outcome>;
}

function recordProcessorOf(app: INestApplication): RecordProcessor {
  for (const { providers } of app.get(ModulesContainer).values()) {
    for (const [token, { instance }] of providers) {
      if (typeof token === 'function' && token.name === 'RecordProcessor') return instance as RecordProcessor;
    }
  }
  throw new Error('messaging-client has no RecordProcessor any more');
}

async function call(handler: MessageHandler, payload: unknown, context: unknown): Promise<unknown> {
  const result: unknown = await handler(payload, context);
  return isObservable(result) ? lastValueFrom(result, { defaultValue: undefined }) : result;
}
