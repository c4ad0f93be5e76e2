import { Controller } from '@nestjs/common';
import { expect, it } from 'vitest';
import { until } from '../test/start-test-service.ts';
import type { TestPayload, TestService } from '../test/start-test-service.ts';
import { useBus } from '../test/use-bus.ts';
import { PermanentError } from './errors.ts';
import { OnEvent } from './handler/on-event.decorator.ts';
import type { TransactionContext } from './handler/record-context.ts';

const bus = useBus();

type Rows = Array<Record<string, unknown>>;

/** Its handler without a name writes `first …`; the other, whose name is `second`, does `other`. */
async function startBoth(
  other: (payload: TestPayload, context: TransactionContext) => Promise<void>,
): Promise<TestService> {
  @Controller()
  class First {
    @OnEvent(bus.event)
    async handle({ n }: TestPayload, { manager }: TransactionContext): Promise<void> {
      await bus.writeEffect(manager, `first ${n}`);
    }
  }
  @Controller()
  class Second {
    @OnEvent(bus.event, { handler: 'second' })
    async handle(payload: TestPayload, context: TransactionContext): Promise<void> {
      await other(payload, context);
    }
  }
  return bus.startWith(First, bus.group, [Second]);
}

async function effectsAre(service: TestService, names: readonly string[]): Promise<void> {
  await until(service.events, ['record.handled'], async () => (await bus.effects(service)).length >= names.length);
  expect((await bus.effects(service)).toSorted()).toEqual(names.toSorted());
}

it('both handlers of an event run once, each with its inbox row, and the row of the one without a name is as ever', async () => {
  const service = await startBoth(async ({ n }, { manager }) => bus.writeEffect(manager, `second ${n}`));
  const [eventId] = await service.publish(bus.event, { key: 'a', n: 1 });
  await effectsAre(service, ['first 1', 'second 1']);
  const rows: Rows = await service.dataSource.query(
    `SELECT consumer_group, handler, state FROM inbox_message WHERE event_id = $1 ORDER BY consumer_group`,
    [eventId],
  );
  expect(rows).toEqual([
    { consumer_group: bus.group, handler: bus.event.name, state: 'done' },
    { consumer_group: `${bus.group}.second`, handler: bus.event.name, state: 'done' },
  ]);
});

it('a handler that keeps failing is parked by itself: the other runs once for each event and does not wait', async () => {
  let fails = true;
  const service = await startBoth(async ({ n }, { manager }) => {
    if (fails) throw new Error('not now');
    await bus.writeEffect(manager, `second ${n}`);
  });
  await service.publish(bus.event, { key: 'a', n: 1 }, { key: 'a', n: 2 });
  await until(service.events, ['record.parked'], async () => (await bus.parkedRecords(service)) === 2);
  await effectsAre(service, ['first 1', 'first 2']);
  const parked: Rows = await service.dataSource.query('SELECT DISTINCT consumer_group FROM parked_record');
  expect(parked.map(({ consumer_group: group }) => group)).toContain(`${bus.group}.second`);
  fails = false;
  await effectsAre(service, ['first 1', 'first 2', 'second 1', 'second 2']);
});

it('a dead letter of one handler is that one alone, and is redriven to it alone', async () => {
  let fails = true;
  const service = await startBoth(async ({ n }, { manager }) => {
    if (fails) throw new PermanentError('not this one');
    await bus.writeEffect(manager, `second ${n}`);
  });
  await service.publish(bus.event, { key: 'a', n: 1 });
  await until(service.events, ['record.dead'], async () => (await service.deadLetters.list(10)).length > 0);
  await effectsAre(service, ['first 1']);
  expect(await service.deadLetters.list(10)).toMatchObject([{ group: `${bus.group}.second`, state: 'open' }]);
  fails = false;
  await service.deadLetters.redrive({ topic: bus.event.topic.name }, { by: 'spec' });
  await effectsAre(service, ['first 1', 'second 1']);
});

it('a record that comes twice is a repetition for both', async () => {
  const service = await startBoth(async ({ n }, { manager }) => bus.writeEffect(manager, `second ${n}`));
  let repeated = 0;
  service.events.on('record.repeated', () => (repeated += 1));
  await bus.produce(bus.record('same', { key: 'a', n: 1 }), bus.record('same', { key: 'a', n: 1 }));
  await until(service.events, ['record.repeated'], () => repeated === 2);
  await effectsAre(service, ['first 1', 'second 1']);
});

it.each(['with space', 'a.b', ''])('a handler may not have the name "%s"', (handler) => {
  expect(() => OnEvent(bus.event, { handler })).toThrow(expect.objectContaining({ code: 'DEFINITION_INVALID' }));
});
