import type { RecordsBatch } from '@platformatic/kafka';
import { describe, expect, it } from 'vitest';
import { recordsFrom } from './fetched-records.ts';

const LOG_APPEND_TIME = 8;
const CONTROL = 32;

type Header = RecordsBatch['records'][number]['headers'][number];

function batchOf(firstOffset: bigint, values: readonly string[], other: Partial<RecordsBatch> = {}): RecordsBatch {
  return {
    firstOffset,
    lastOffsetDelta: values.length - 1,
    attributes: 0,
    firstTimestamp: 1_000n,
    maxTimestamp: 5_000n,
    length: 0,
    partitionLeaderEpoch: 0,
    magic: 2,
    crc: 0,
    producerId: -1n,
    producerEpoch: -1,
    firstSequence: -1,
    records: values.map((value, offsetDelta) => recordOf(value, offsetDelta)),
    ...other,
  };
}

function recordOf(value: string, offsetDelta: number, headers: Header[] = []): RecordsBatch['records'][number] {
  return {
    offsetDelta,
    timestampDelta: BigInt(offsetDelta),
    key: null,
    value: Buffer.from(value),
    headers,
    length: 0,
    attributes: 0,
  };
}

describe('recordsFrom', () => {
  it('gives each record its offset and its time', () => {
    const { records, lastOffset } = recordsFrom(10n, [batchOf(10n, ['a', 'b']), batchOf(12n, ['c'])]);
    expect(records.map(({ offset, timestamp, value }) => [offset, timestamp, String(value)])).toEqual([
      ['10', '1000', 'a'],
      ['11', '1001', 'b'],
      ['12', '1000', 'c'],
    ]);
    expect(lastOffset).toBe(12n);
  });

  it('leaves out what comes before the offset that was asked for', () => {
    const { records } = recordsFrom(11n, [batchOf(10n, ['a', 'b'])]);
    expect(records.map(({ offset }) => offset)).toEqual(['11']);
  });

  it('passes markers of transactions and records that compaction has removed, without handing them out', () => {
    const compacted = batchOf(10n, ['a'], { lastOffsetDelta: 4 });
    const marker = batchOf(15n, ['commit'], { attributes: CONTROL });
    expect(recordsFrom(10n, [compacted])).toMatchObject({ records: [{ offset: '10' }], lastOffset: 14n });
    expect(recordsFrom(15n, [marker])).toEqual({ records: [], lastOffset: 15n });
    expect(recordsFrom(10n, [])).toEqual({ records: [], lastOffset: undefined });
  });

  it('takes the time of the broker where the topic wants that', () => {
    const { records } = recordsFrom(0n, [batchOf(0n, ['a', 'b'], { attributes: LOG_APPEND_TIME })]);
    expect(records.map(({ timestamp }) => timestamp)).toEqual(['5000', '5000']);
  });

  it('keeps all values of a header, and one that is called as something every object has', () => {
    const entries = (...pairs: Array<[string, string]>) =>
      pairs.map(([name, value]): Header => [Buffer.from(name), Buffer.from(value)]);
    const record = recordOf('a', 0, entries(['x', '1'], ['constructor', '2'], ['x', '3'], ['x', '4']));
    const { records } = recordsFrom(0n, [batchOf(0n, ['a'], { records: [record] })]);
    expect(Object.entries(records[0]!.headers!)).toEqual([
      ['x', [Buffer.from('1'), Buffer.from('3'), Buffer.from('4')]],
      ['constructor', Buffer.from('2')],
    ]);
  });
});
