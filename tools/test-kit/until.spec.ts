import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { until } from './until.ts';

test('what becomes true is returned', async () => {
  let looks = 0;
  expect(await until('three looks', () => (looks += 1) === 3 && `seen at look ${looks}`)).toBe('seen at look 3');
});

test('what does not become true within the bound is an error that says what was seen last', async () => {
  const never = until('a row', () => Promise.reject(new Error('no rows')), 30);
  await expect(never).rejects.toThrow('a row: timed out after 30 ms (last result: no rows)');
  await expect(until('a flag', async () => false, 30)).rejects.toThrow('(last result: false)');
});

test('an event that comes while it looks is not missed, and is listened to no longer than needed', async () => {
  const events = new EventEmitter();
  let count = 0;
  await until(
    'the event',
    async () => {
      count += 1;
      if (count === 1) events.emit('changed');
      return count > 1;
    },
    undefined,
    { wake: (look) => (events.on('changed', look), () => events.off('changed', look)) },
  );
  expect(events.listenerCount('changed')).toBe(0);
});

test('a look that does not return ends at the bound, too', async () => {
  const never = until('an answer', () => new Promise<true>(() => undefined), 30);
  await expect(never).rejects.toThrow('an answer: timed out after 30 ms (last result: none, it did not return)');
});

test('an abort ends the wait with its reason, and without a bound only it does', async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const reason = new Error('its process ended');
  const waiting = until('a row', () => (controller.abort(reason), false), Number.POSITIVE_INFINITY, { signal });
  await expect(waiting).rejects.toBe(reason);
  await expect(until('a row', () => true, undefined, { signal })).rejects.toBe(reason);
});
