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
    (look) => (events.on('changed', look), () => events.off('changed', look)),
  );
  expect(events.listenerCount('changed')).toBe(0);
});
