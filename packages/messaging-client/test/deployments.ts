import { Controller } from '@nestjs/common';
import type { Type } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import type { EventDefinition } from '../src/event-definition.ts';
import { OnEvent } from '../src/handler/on-event.decorator.ts';
import type { TransactionContext } from '../src/handler/record-context.ts';
import { startTestService, until } from './start-test-service.ts';
import type { TestPayload, TestService } from './start-test-service.ts';
import type { BusOfSpec } from './use-bus.ts';

const KEYS = ['a', 'b', 'c'];

/** So many more events are handled before the next step of a deployment. */
const HANDLED_BETWEEN_STEPS = 15;

/** A busy machine's share of a rebalance and a restart. */
const STEP_WITHIN_MS = 60_000;

interface PayloadV2 {
  key: string;
  numbers: number[];
  writtenIn: string;
}

export type Step = 'publisher of v1' | 'publisher of v2' | 'publisher of both' | 'consumer of v1' | 'consumer of v2';

type Append = (service: TestService, manager: EntityManager, payload: TestPayload) => Promise<unknown>;

/**
 * One publisher and one consumer group of the test's event, in changing versions, under traffic. As in a rolling deployment,
 * the new instance runs before the old one stops.
 */
export class Deployments {
  readonly v1: EventDefinition<TestPayload>;
  readonly v2: EventDefinition<PayloadV2>;
  /** The versions in which what a consumer of v2 handled was written. */
  readonly handledVersions = new Set<string>();
  /** How often a record was parked. */
  parked = 0;
  readonly #bus: BusOfSpec;
  readonly #published: TestPayload[] = [];
  #publisher: TestService | undefined;
  #consumer: TestService | undefined;
  #append: Append | undefined;
  #publishing: Promise<void> = Promise.resolve();
  #traffic: Promise<void> = Promise.resolve();
  #trafficIsOver = false;

  constructor(bus: BusOfSpec) {
    const v1 = bus.event;
    this.#bus = bus;
    this.v1 = v1;
    this.v2 = {
      ...v1,
      version: 2,
      key: ({ key }) => key,
      schema: z.object({ key: z.string(), numbers: z.array(z.int()), writtenIn: z.string() }),
      upcast: { from: v1, apply: ({ key, n }: TestPayload) => ({ key, numbers: [n], writtenIn: 'v1' }) },
    };
  }

  async deploy(step: Step): Promise<void> {
    const { v1, v2 } = this;
    const ofV2 = ({ key, n }: TestPayload): PayloadV2 => ({ key, numbers: [n], writtenIn: 'v2' });
    const appends: Record<Exclude<Step, `consumer${string}`>, Append> = {
      'publisher of v1': ({ outbox }, manager, payload) => outbox.append(manager, v1, payload),
      'publisher of v2': ({ outbox }, manager, payload) => outbox.append(manager, v2, ofV2(payload)),
      'publisher of both': ({ outbox }, manager, payload) =>
        outbox.appendVersions(manager, [v2, ofV2(payload)], [v1, payload]),
    };
    if (step === 'consumer of v1') return this.#deployConsumer(this.#consumerOfV1());
    if (step === 'consumer of v2') return this.#deployConsumer(this.#consumerOfV2());
    return this.#deployPublisher(appends[step]);
  }

  /** Publishes to each key in turn, on and on, by the publisher that is deployed. */
  startTraffic(): void {
    this.#traffic = (async () => {
      for (let n = 1; !this.#trafficIsOver; n += 1) {
        for (const key of KEYS) {
          this.#publishing = this.#publish({ key, n });
          await this.#publishing;
        }
      }
    })();
  }

  async handlesMore(): Promise<void> {
    const before = (await this.#effects()).length;
    await this.#until(async () => (await this.#effects()).length >= before + HANDLED_BETWEEN_STEPS);
  }

  async parksSome(): Promise<void> {
    await this.#until(() => this.parked > 0);
  }

  async endTraffic(): Promise<void> {
    this.#trafficIsOver = true;
    await this.#traffic;
  }

  /** Ends the traffic. @returns for each key what was published and what took effect, both in their order */
  async outcome(): Promise<{ published: Record<string, number[]>; handled: Record<string, number[]> }> {
    await this.endTraffic();
    await this.#until(async () => (await this.#effects()).length >= this.#published.length);
    await this.#until(async () => (await this.#bus.parkedRecords(this.#consumer!)) === 0);
    return { published: byKey(this.#published), handled: byKey(await this.#effects()) };
  }

  async deadLetters(): Promise<unknown[]> {
    return this.#bus.deadLetters(this.#consumer!);
  }

  async stop(): Promise<void> {
    await this.endTraffic();
    await Promise.all([this.#publisher?.stop(), this.#consumer?.stop()]);
  }

  async #publish(payload: TestPayload): Promise<void> {
    const [service, append] = [this.#publisher!, this.#append!];
    await service.dataSource.transaction(async (manager) => append(service, manager, payload));
    this.#published.push(payload);
  }

  async #effects(): Promise<TestPayload[]> {
    const names = await this.#bus.effects(this.#consumer!);
    return names.map((name) => JSON.parse(name) as TestPayload);
  }

  async #until(condition: () => boolean | Promise<boolean>): Promise<void> {
    await until(this.#consumer!.events, ['record.handled', 'record.parked'], condition, STEP_WITHIN_MS);
  }

  #consumerOfV1(): Type {
    const bus = this.#bus;
    @Controller()
    class ConsumerOfV1 {
      @OnEvent(this.v1)
      async handle({ key, n }: TestPayload, { manager }: TransactionContext): Promise<void> {
        await bus.writeEffect(manager, JSON.stringify({ key, n }));
      }
    }
    return ConsumerOfV1;
  }

  #consumerOfV2(): Type {
    const { handledVersions } = this;
    const bus = this.#bus;
    @Controller()
    class ConsumerOfV2 {
      @OnEvent(this.v2)
      async handle({ key, numbers, writtenIn }: PayloadV2, { manager }: TransactionContext): Promise<void> {
        handledVersions.add(writtenIn);
        await bus.writeEffect(manager, JSON.stringify({ key, n: numbers[0] }));
      }
    }
    return ConsumerOfV2;
  }

  async #deployConsumer(controller: Type): Promise<void> {
    const service = await this.#start(this.#bus.group, [controller]);
    service.events.on('record.parked', () => (this.parked += 1));
    const previous = this.#consumer;
    this.#consumer = service;
    await previous?.stop();
  }

  async #deployPublisher(append: Append): Promise<void> {
    const service = await this.#start(`publisher-${this.#bus.group}`, []);
    const previous = this.#publisher;
    this.#publisher = service;
    this.#append = append;
    await this.#publishing;
    await previous?.stop();
  }

  #start(service: string, controllers: Type[]): Promise<TestService> {
    const { databaseUrl, broker, driver } = this.#bus;
    const publishes = [this.v1, this.v2];
    return startTestService({ databaseUrl, broker: broker.address, driver, service, controllers, publishes });
  }
}

function byKey(payloads: readonly TestPayload[]): Record<string, number[]> {
  return Object.fromEntries(KEYS.map((key) => [key, payloads.filter((one) => one.key === key).map(({ n }) => n)]));
}
