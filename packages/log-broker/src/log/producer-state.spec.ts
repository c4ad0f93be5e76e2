import { expect, it } from 'vitest';
import { encodeBatch, readBatchHeader } from '../wire/record-batch.ts';
import type { BatchHeader } from '../wire/record-batch.ts';
import { ProducerState } from './producer-state.ts';

function batch(baseSequence: number): BatchHeader {
  const records = [{ key: null, value: Buffer.from('x') }];
  return readBatchHeader(encodeBatch({ records, timestamp: 1, producerId: 9, producerEpoch: 0, baseSequence }), 0);
}

it('a resent batch is recognised, and a gap refused', () => {
  const producers = new ProducerState();
  for (const sequence of [0, 1, 2]) producers.note(batch(sequence));
  expect(producers.check(batch(1))).toMatchObject({ baseSequence: 1 });
  expect(producers.check(batch(3))).toBeUndefined();
  expect(() => producers.check(batch(4))).toThrow('OUT_OF_ORDER_SEQUENCE_NUMBER');
});

// A restart finds both in the log: what the producer had sent before it was forgotten, and what it has sent since.
it('a producer that was forgotten and begins again is not answered with what it had sent under the same sequences', () => {
  const producers = new ProducerState();
  for (const sequence of [0, 1, 2, 0, 1]) producers.note(batch(sequence));
  expect(producers.check(batch(2))).toBeUndefined();
  expect(producers.check(batch(1))).toMatchObject({ baseSequence: 1 });
});

it('a batch is recognised also when sequences have begun again at 0 behind the highest', () => {
  const producers = new ProducerState();
  for (const sequence of [2 ** 31 - 2, 2 ** 31 - 1, 0]) producers.note(batch(sequence));
  expect(producers.check(batch(2 ** 31 - 1))).toMatchObject({ baseSequence: 2 ** 31 - 1 });
});
