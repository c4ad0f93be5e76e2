import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeBatch } from '../../../test/make-batch.ts';
import { ListedHeaders } from '../record-headers.ts';
import type { RecordHeaders } from '../record-headers.ts';
import { decodeRecordSet } from './decode-record-set.ts';

type HeaderToWrite = readonly [name: string, value: Buffer | null];

const NAMES = ['ce_id', 'ce_type', 'ce_time', 'x', '__proto__', 'constructor', ''];

function encoded(records: ReadonlyArray<readonly HeaderToWrite[]>): RecordHeaders[] {
  const recordSet = makeBatch({ records: records.map((headers) => ({ headers })) });
  const fetched = { recordSet, abortedTransactions: [], highWatermark: 2n ** 62n };
  return [...decodeRecordSet(fetched, 0n)].flatMap((part) => part.records.map(({ headers }) => headers!));
}

function listed(headers: readonly HeaderToWrite[]): RecordHeaders {
  return new ListedHeaders(headers.map(([name, value]) => [name, value ?? Buffer.alloc(0)]));
}

describe('headers in a batch', () => {
  it('keep their order, all values of a name, those without a value, and names that every object has', () => {
    const [headers] = encoded([
      [
        ['x', Buffer.from('1')],
        ['__proto__', Buffer.from('2')],
        ['constructor', Buffer.from('3')],
        ['x', Buffer.from('4')],
        ['empty', null],
      ],
    ]);
    expect([...headers!]).toEqual([
      ['x', Buffer.from('1')],
      ['__proto__', Buffer.from('2')],
      ['constructor', Buffer.from('3')],
      ['x', Buffer.from('4')],
      ['empty', Buffer.alloc(0)],
    ]);
    expect(headers!.texts(['x', 'constructor', 'toString', 'empty'])).toEqual(['1', '3', undefined, '']);
    expect(headers!.first('__proto__')).toEqual(Buffer.from('2'));
  });

  it('are read as a list of them would be, whatever the records before had', () => {
    const value = fc.oneof(
      fc
        .constantFrom('', '1.0', 'order.completed', 'order.complete!', '안녕', '\uFEFFx')
        .map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
      fc.constant(null),
    );
    const name = fc.oneof(fc.constantFrom(...NAMES), fc.string({ maxLength: 70 }));
    const headers = fc.array(fc.tuple(name, value), { maxLength: 10 });
    fc.assert(
      fc.property(fc.array(headers, { minLength: 1, maxLength: 6 }), (records) => {
        for (const [index, read] of encoded(records).entries()) {
          const expected = listed(records[index]!);
          expect([read.count, read.bytes]).toEqual([expected.count, expected.bytes]);
          expect(read.texts(NAMES)).toEqual(expected.texts(NAMES));
          for (const one of NAMES) expect(read.first(one)).toEqual(expected.first(one));
          expect([...read]).toEqual([...expected]);
        }
      }),
    );
  });

  it('may be read again while they are walked through', () => {
    const [headers] = encoded([NAMES.map((name) => [name, Buffer.from(name)] as const)]);
    for (const [name, value] of headers!) expect(headers!.first(name)).toEqual(value);
  });

  it('are read in time that grows with their number, not with its square', () => {
    const many = Array.from({ length: 100_000 }, (_, n) => [`h${n}`, Buffer.from('x')] as const);
    expect([...encoded([many])[0]!]).toHaveLength(many.length);
    const same = many.map(([, value]) => ['h', value] as const);
    expect([...encoded([same])[0]!]).toHaveLength(many.length);
  });
});
