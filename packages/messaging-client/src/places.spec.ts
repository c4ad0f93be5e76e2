import { expect, it } from 'vitest';
import { Places } from './places.ts';

it('lets so many in at once, the others in the order in which they came, also after a failure', async () => {
  const places = new Places(2);
  const started: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<void>>();
  const enter = (name: string): Promise<void> => {
    const end = Promise.withResolvers<void>();
    ends.set(name, end);
    return places.run(async () => {
      started.push(name);
      await end.promise;
    });
  };
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(enter) as [Promise<void>, Promise<void>, Promise<void>, Promise<void>];
  expect(started).toEqual(['a', 'b']);
  ends.get('b')!.reject(new Error('b failed'));
  await expect(b).rejects.toThrow('b failed');
  expect(started).toEqual(['a', 'b', 'c']);
  ends.get('a')!.resolve();
  await a;
  expect(started).toEqual(['a', 'b', 'c', 'd']);
  for (const end of ends.values()) end.resolve();
  await Promise.all([c, d]);
});
