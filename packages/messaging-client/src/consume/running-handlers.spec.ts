import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { HANDLER_SLOW_MS } from '../limits.ts';
import { MessageEvents } from '../observe/message-events.ts';
import { RunningHandlers } from './running-handlers.ts';

const call = {
  event: 'thing.happened',
  eventId: 'an-id',
  topic: 'thing',
  partition: 2,
  offset: '7',
  attempt: 1,
  records: 1,
  timeoutMs: 30_000,
};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('a handler is reported as slow once, and is a warning while it runs, also after its time-out', async () => {
  const events = new MessageEvents();
  const slow: number[] = [];
  events.on('handler.slow', ({ ageMs }) => slow.push(ageMs));
  const running = new RunningHandlers(events);
  const { promise, resolve } = Promise.withResolvers<void>();
  const attempt = expect(running.run(call, async () => promise)).rejects.toMatchObject({ code: 'HANDLER_TIMED_OUT' });
  expect(running.warnings()).toEqual([]);

  await vi.advanceTimersByTimeAsync(HANDLER_SLOW_MS + 5_000);
  expect(slow).toHaveLength(1);
  expect(running.warnings()).toEqual([
    '1 handler is running for more than 10 s, the oldest for 15 s: thing.happened an-id (thing/2 at 7)',
  ]);
  await vi.advanceTimersByTimeAsync(30_000);
  await attempt;
  expect(running.warnings()).toEqual([
    '1 handler is still running after the time-out, the oldest for 45 s: thing.happened an-id (thing/2 at 7)',
  ]);
  resolve();
  await vi.advanceTimersByTimeAsync(0);
  expect(running.warnings()).toEqual([]);
});
