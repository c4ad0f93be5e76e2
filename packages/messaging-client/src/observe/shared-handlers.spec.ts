import { expect, it } from 'vitest';
import { SharedHandlers } from './shared-handlers.ts';

it('what one side notes the other side reads, until it is struck out', () => {
  const process = new SharedHandlers();
  const watchdog = new SharedHandlers(process.memory);
  expect(watchdog.running).toEqual([]);
  const [first, second] = [process.note('first'), process.note('둘째')];
  expect(watchdog.running).toEqual(['first', '둘째']);
  first();
  expect(watchdog.running).toEqual(['둘째']);
  second();
  expect(watchdog.running).toEqual([]);
});

it('there is room for the last ones, however long their names, and what is struck out late strikes out no other', () => {
  const process = new SharedHandlers();
  const ends = Array.from({ length: 40 }, (_, n) => process.note(`${n} ${'x'.repeat(1_000)}`));
  const running = process.running;
  expect(running.length).toBeLessThan(40);
  expect(running.some((text) => text.startsWith('39 '))).toBe(true);
  for (const end of ends.slice(0, 20)) end();
  expect(process.running).toEqual(running);
});

it('a beat is seen, and whether the process is debugged', () => {
  const process = new SharedHandlers();
  const watchdog = new SharedHandlers(process.memory);
  const before = watchdog.beats;
  process.beat(true);
  expect(watchdog.beats).not.toBe(before);
  expect(watchdog.isDebugged).toBe(true);
  process.beat(false);
  expect(watchdog.isDebugged).toBe(false);
});
