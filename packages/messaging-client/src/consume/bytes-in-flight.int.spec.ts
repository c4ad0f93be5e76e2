import { setTimeout as delay } from 'node:timers/promises';
import { Controller } from '@nestjs/common';
import { expect, it } from 'vitest';
import { until } from '../../test/start-test-service.ts';
import { useBus } from '../../test/use-bus.ts';
import { BYTES_IN_FLIGHT_MAX, FETCH_BYTES_PER_PARTITION_MAX, FETCH_WAIT_MS, PAYLOAD_BYTES_MAX } from '../limits.ts';
import { OnEvent } from '../handler/on-event.decorator.ts';

const BYTES = PAYLOAD_BYTES_MAX - 1_000;
const COUNT = Math.ceil((1.5 * BYTES_IN_FLIGHT_MAX) / BYTES);

const bus = useBus();

it('large records are bounded by what they keep in memory, long before their number is; all are handled', async () => {
  const released = Promise.withResolvers<void>();
  let started = 0;
  let finished = 0;
  @Controller()
  class Handlers {
    @OnEvent(bus.event, { effect: 'repeatable' })
    async handle(): Promise<void> {
      started += 1;
      await released.promise;
      finished += 1;
    }
  }
  const service = await bus.startWith(Handlers);
  const text = 'x'.repeat(BYTES);
  for (let n = 0; n < COUNT; n += 1) await service.publish(bus.event, { key: `key${n}`, n, text });

  const inFlightMax = BYTES_IN_FLIGHT_MAX + bus.event.topic.partitions * (FETCH_BYTES_PER_PARTITION_MAX + BYTES);
  let before = 0;
  do {
    before = started;
    // Whatever else would be fetched has come after a few fetches; that nothing comes cannot be waited for otherwise.
    await delay(3 * FETCH_WAIT_MS);
  } while (before === 0 || before < started);
  expect(started).toBeLessThan(COUNT);
  expect(started * BYTES).toBeLessThan(inFlightMax);

  released.resolve();
  await until(service.events, ['record.handled'], () => finished >= COUNT);
});
