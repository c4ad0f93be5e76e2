import { describe, expect, it } from 'vitest';
import { makeBatch } from '../../test/make-batch.ts';
import { ListedHeaders } from '../kafka/record-headers.ts';
import type { RecordHeader } from '../kafka/record-headers.ts';
import { decodeRecordSet } from '../kafka/record-set/decode-record-set.ts';
import { messageOf, storedRecordOf } from './stored-record.ts';

describe('a stored record', () => {
  it('is given back as it was kept, in time that grows with the number of its headers alone', () => {
    const headers = Array.from({ length: 200_000 }, (_, n): RecordHeader => ['many', Buffer.from(String(n))]);
    headers.push(['one', Buffer.from('1')], ['nothing', Buffer.alloc(0)]);
    const message = {
      offset: '7',
      timestamp: '1000',
      key: Buffer.from('k'),
      value: null,
      headers: new ListedHeaders(headers),
    };
    const back = messageOf(storedRecordOf(message));
    expect(back).toMatchObject({ offset: '7', timestamp: '1000', key: Buffer.from('k'), value: null });
    const kept = [...back.headers!];
    expect(kept).toHaveLength(headers.length);
    expect(kept.slice(-3)).toEqual(headers.slice(-3));
  });

  it('has all of a fetched record, headers in their order, and so has that of a copy', () => {
    const headers: RecordHeader[] = [
      ['b', Buffer.from('1')],
      ['a', Buffer.from([0xff])],
      ['1', Buffer.from('2')],
      ['b', Buffer.from('3')],
      ['__proto__', Buffer.from('4')],
    ];
    const recordSet = makeBatch({
      firstOffset: 7n,
      records: [{ key: Buffer.from('k'), value: Buffer.from('v'), headers }],
    });
    const [part] = decodeRecordSet({ recordSet, abortedTransactions: [], highWatermark: 8n }, 0n);
    const [record] = part!.records;
    const stored = {
      offset: '7',
      recordedAtMs: 1_700_000_000_000,
      key: Buffer.from('k'),
      value: Buffer.from('v'),
      headers: headers.map(([name, value]) => [name, value.toString('base64')]),
    };
    expect(storedRecordOf(record!)).toEqual(stored);
    expect(storedRecordOf({ ...record! })).toEqual(stored);
  });
});
