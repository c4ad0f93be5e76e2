import { setImmediate as macrotask } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Semaphore, SemaphoreClosed } from './semaphore.ts';

it('lets so many in at once, the others in the order in which they came, also after a failure', async () => {
  const places = new Semaphore(2);
  const started: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<void>>();
  const enter = async (name: string): Promise<void> => {
    const end = Promise.withResolvers<void>();
    ends.set(name, end);
    return places.run(async () => {
      started.push(name);
      await end.promise;
    });
  };
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(enter) as [Promise<void>, Promise<void>, Promise<void>, Promise<void>];
  await macrotask();
  expect(started).toEqual(['a', 'b']);
  ends.get('b')!.reject(new Error('b failed'));
  await expect(b).rejects.toThrow('b failed');
  await macrotask();
  expect(started).toEqual(['a', 'b', 'c']);
  ends.get('a')!.resolve();
  await a;
  await macrotask();
  expect(started).toEqual(['a', 'b', 'c', 'd']);
  for (const end of ends.values()) end.resolve();
  await Promise.all([c, d]);
});

it('once closed, lets what is running end and starts nothing more', async () => {
  const places = new Semaphore(1);
  const running = Promise.withResolvers<string>();
  let started = 0;
  const first = places.run(() => running.promise);
  const second = places.run(async () => (started += 1));
  places.close();
  const third = places.run(async () => (started += 1));
  await expect(second).rejects.toThrow(SemaphoreClosed);
  await expect(third).rejects.toThrow(SemaphoreClosed);
  running.resolve('done');
  expect(await first).toBe('done');
  expect(started).toBe(0);
});
