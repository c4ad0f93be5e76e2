import { randomUUID } from 'node:crypto';
import { Controller } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { until } from '../../test/start-test-service.ts';
import type { TestPayload, TestService } from '../../test/start-test-service.ts';
import { useBus } from '../../test/use-bus.ts';
import { OnEvent, OnEvents } from '../handler/on-event.decorator.ts';
import type { Confirmed, OutsideContext } from '../handler/record-context.ts';
import { PermanentError } from '../errors.ts';
import type { EventDefinition } from '../event-definition.ts';

const bus = useBus();

/** In a group of its own. */
const start = async (controller: new () => object): Promise<TestService> =>
  bus.startWith(controller, `group-${randomUUID()}`);

/** A controller with a handler of each kind, which keeps what it is called with. */
const CONTROLLERS = {
  database: (event: EventDefinition<TestPayload>, handled: number[]) => {
    @Controller()
    class Handlers {
      @OnEvent(event)
      async handle({ n }: TestPayload): Promise<void> {
        handled.push(n);
      }
    }
    return Handlers;
  },
  'database, in batches': (event: EventDefinition<TestPayload>, handled: number[]) => {
    @Controller()
    class Handlers {
      @OnEvents(event, { max: 10, waitMs: 10 })
      async handle(all: TestPayload[]): Promise<void> {
        handled.push(...all.map(({ n }) => n));
      }
    }
    return Handlers;
  },
  repeatable: (event: EventDefinition<TestPayload>, handled: number[]) => {
    @Controller()
    class Handlers {
      @OnEvent(event, { effect: 'repeatable' })
      async handle({ n }: TestPayload): Promise<void> {
        handled.push(n);
      }
    }
    return Handlers;
  },
  outside: (event: EventDefinition<TestPayload>, handled: number[]) => {
    @Controller()
    class Handlers {
      @OnEvent(event, { effect: 'outside', whenAmbiguous: 'hold' })
      async handle({ n }: TestPayload, context: OutsideContext): Promise<Confirmed> {
        const claim = await context.claim();
        handled.push(n);
        return claim.confirm();
      }
    }
    return Handlers;
  },
};

describe('two groups that share a database', () => {
  it.each(Object.entries(CONTROLLERS))(
    'each handle every event, with an effect that is %s',
    async (_, controllerOf) => {
      const handled: [number[], number[]] = [[], []];
      const both = [await start(controllerOf(bus.event, handled[0])), await start(controllerOf(bus.event, handled[1]))];
      const numbers = Array.from({ length: 30 }, (_, n) => n);
      let outcomes = 0;
      for (const { events } of both) events.on('record.handled', () => (outcomes += 1));
      await both[0]!.publish(bus.event, ...numbers.map((n) => ({ key: `key ${n}`, n })));
      // A record that is skipped is an outcome as well.
      for (const { events } of both) await until(events, ['record.handled'], () => outcomes === 2 * numbers.length);
      for (const one of handled) expect(one.sort((a, b) => a - b)).toEqual(numbers);
    },
  );

  it('resolve their own dead letters: what one redrives is open and closed for the other', async () => {
    let fails = true;
    const attempts: [number, number] = [0, 0];
    const failing = (which: 0 | 1): new () => object => {
      @Controller()
      class Handlers {
        @OnEvent(bus.event, { whenGivenUp: 'skip' })
        async handle(): Promise<void> {
          attempts[which] += 1;
          if (fails) throw new PermanentError('no');
        }
      }
      return Handlers;
    };
    const [one, other] = [await start(failing(0)), await start(failing(1))];
    let dead = 0;
    for (const { events } of [one, other]) events.on('record.dead', () => (dead += 1));
    await one.publish(bus.event, { key: 'a', n: 1 });
    for (const { events } of [one, other]) await until(events, ['record.dead'], () => dead === 2);

    fails = false;
    expect((await one.deadLetters.redrive({ topic: bus.event.topic.name }, { by: 'test' })).resolved).toHaveLength(1);
    await until(one.events, ['record.handled'], () => attempts[0] === 2);
    expect(await other.deadLetters.find({ topic: bus.event.topic.name })).toMatchObject([{ state: 'open' }]);
    expect(attempts).toEqual([2, 1]);
  });
});
