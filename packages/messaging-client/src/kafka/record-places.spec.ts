import { expect, it } from 'vitest';
import { recordPlaces } from './record-places.ts';

const to = (topic: string, partition: number) => ({ topic, partition });

it('records of one partition follow each other, in the order sent', () => {
  const acknowledged = [
    { ...to('a', 0), firstOffset: 7n },
    { ...to('a', 1), firstOffset: 0n },
    { ...to('b', 0), firstOffset: 9_007_199_254_740_993n },
  ];
  expect(recordPlaces([to('a', 0), to('b', 0), to('a', 1), to('a', 0), to('b', 0)], acknowledged)).toEqual([
    { partition: 0, offset: '7' },
    { partition: 0, offset: '9007199254740993' },
    { partition: 1, offset: '0' },
    { partition: 0, offset: '8' },
    { partition: 0, offset: '9007199254740994' },
  ]);
});

it('a partition that the response does not name has not been written', () => {
  expect(() => recordPlaces([to('a', 0)], [{ ...to('a', 1), firstOffset: 0n }])).toThrow('did not acknowledge a/0');
});
