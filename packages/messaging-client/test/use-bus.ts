import { randomUUID } from 'node:crypto';
import { Controller } from '@nestjs/common';
import type { Message } from 'kafkajs';
import type { EntityManager } from 'typeorm';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { DeadLetter } from '../src/dead-letters/dead-letter.ts';
import type { EventDefinition } from '../src/event-definition.ts';
import { OnEvent, OnEvents } from '../src/handler/on-event.decorator.ts';
import type { BatchOptions, DatabaseOptions, OutsideOptions } from '../src/handler/on-event.decorator.ts';
import type { Confirmed, OutsideContext, TransactionContext } from '../src/handler/record-context.ts';
import { testRecord } from '../src/testing/test-record.ts';
import { produce } from './raw-kafka.ts';
import { EFFECTS_TABLE, startBus } from './start-bus.ts';
import type { Bus } from './start-bus.ts';
import { newTestEvent, startTestService } from './start-test-service.ts';
import type { TestPayload, TestService, TestServiceOptions } from './start-test-service.ts';

export type Handle = (payload: TestPayload, context: TransactionContext) => Promise<void>;
export type HandleOutside = (payload: TestPayload, context: OutsideContext) => Promise<Confirmed>;
export type HandleBatch = (payloads: TestPayload[], contexts: TransactionContext[]) => Promise<void>;

/** The bus of a spec file. Event, group and services are those of the test that runs; its services stop after it. */
export interface BusOfSpec extends Omit<Bus, 'close'> {
  readonly event: EventDefinition<TestPayload>;
  readonly group: string;
  readonly services: readonly TestService[];
  /** Another event and another group within one test. */
  renew(): void;

  start(handle: Handle, options?: DatabaseOptions): Promise<TestService>;
  startOutside(options: Omit<OutsideOptions, 'effect'>, handle: HandleOutside): Promise<TestService>;
  startBatches(options: BatchOptions, handle: HandleBatch): Promise<TestService>;
  startWith(
    controller: new () => unknown,
    group?: string,
    others?: ReadonlyArray<new () => unknown>,
  ): Promise<TestService>;
  /** A service that handles nothing, in the same database. */
  startPublisher(): Promise<TestService>;
  stop(service: TestService): Promise<void>;
  crash(service: TestService): Promise<void>;

  /** Writes to the event's topic as another client could, without the outbox. */
  produce(...messages: Message[]): Promise<void>;
  record(eventId: string, payload: TestPayload): Message & { headers: Record<string, string> };

  /** Written in the handler's transaction: what is in the table was committed. */
  writeEffect(manager: EntityManager, name: string): Promise<void>;
  /** In the order in which they were written. */
  effects(service: TestService): Promise<string[]>;
  deadLetters(service: TestService): Promise<DeadLetter[]>;
  parkedRecords(service: TestService): Promise<number>;
  /** What the inbox of the group knows as handled. */
  inboxRows(service: TestService): Promise<number>;
}

export function useBus(makeBus: () => Promise<Bus> = async () => startBus(), partitions = 3): BusOfSpec {
  let bus: Bus;
  let event: EventDefinition<TestPayload>;
  let group: string;
  let services: TestService[] = [];

  beforeAll(async () => {
    bus = await makeBus();
  });
  afterAll(async () => bus?.close());
  beforeEach(renew);
  afterEach(async () => {
    await Promise.all(services.splice(0).map(async (service) => service.stop()));
  });

  function renew(): void {
    event = newTestEvent(partitions);
    group = `group-${randomUUID()}`;
  }

  async function startService(options: Pick<TestServiceOptions, 'service' | 'controllers'>): Promise<TestService> {
    const service = await startTestService({
      databaseUrl: bus.databaseUrl,
      broker: bus.broker.address,
      driver: bus.driver,
      publishes: [event],
      ...options,
    });
    services.push(service);
    return service;
  }

  const startWith: BusOfSpec['startWith'] = (controller, service = group, others = []) =>
    startService({ service, controllers: [controller, ...others] });

  /** False when it was stopped before. */
  function forget(service: TestService): boolean {
    const wasRunning = services.includes(service);
    services = services.filter((other) => other !== service);
    return wasRunning;
  }

  return {
    get broker() {
      return bus.broker;
    },
    get driver() {
      return bus.driver;
    },
    get databaseUrl() {
      return bus.databaseUrl;
    },
    get event() {
      return event;
    },
    get group() {
      return group;
    },
    get services() {
      return services;
    },
    renew,

    start: async (handle, options) => {
      @Controller()
      class Handlers {
        @OnEvent(event, options)
        async handle(payload: TestPayload, context: TransactionContext): Promise<void> {
          await handle(payload, context);
        }
      }
      return startWith(Handlers);
    },
    startOutside: async (options, handle) => {
      @Controller()
      class Handlers {
        @OnEvent(event, { effect: 'outside', ...options })
        async handle(payload: TestPayload, context: OutsideContext): Promise<Confirmed> {
          return handle(payload, context);
        }
      }
      return startWith(Handlers);
    },
    startBatches: async (options, handle) => {
      @Controller()
      class Handlers {
        @OnEvents(event, options)
        async handle(payloads: TestPayload[], contexts: TransactionContext[]): Promise<void> {
          await handle(payloads, contexts);
        }
      }
      return startWith(Handlers);
    },
    startWith,
    startPublisher: async () => startService({ service: `publisher-${group}`, controllers: [] }),
    stop: async (service) => {
      if (forget(service)) await service.stop();
    },
    crash: async (service) => {
      if (forget(service)) await service.crash();
    },

    produce: async (...messages) => produce(bus.broker.address, event.topic.name, messages),
    record: (eventId, payload) => testRecord(event, payload, { eventId }),

    writeEffect: async (manager, name) => {
      await manager.query(`INSERT INTO ${EFFECTS_TABLE} (topic, name) VALUES ($1, $2)`, [event.topic.name, name]);
    },
    effects: async ({ dataSource }) => {
      const rows: Array<{ name: string }> = await dataSource.query(
        `SELECT name FROM ${EFFECTS_TABLE} WHERE topic = $1 ORDER BY seq`,
        [event.topic.name],
      );
      return rows.map(({ name }) => name);
    },
    deadLetters: async (service) => service.deadLetters.find({ topic: event.topic.name }),
    parkedRecords: async ({ dataSource }) => {
      const [row] = await dataSource.query(`SELECT count(*)::integer AS count FROM parked_record WHERE topic = $1`, [
        event.topic.name,
      ]);
      return row.count;
    },
    inboxRows: async ({ dataSource }) => {
      const [row] = await dataSource.query(
        `SELECT count(*)::integer AS count FROM inbox_message WHERE consumer_group = $1 AND state = 'done'`,
        [group],
      );
      return row.count;
    },
  };
}
