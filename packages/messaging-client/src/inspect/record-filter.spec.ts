import { describe, expect, it } from 'vitest';
import type { RecordDocument } from './record-document.ts';
import { parseRecordFilter } from './record-filter.ts';

const record: RecordDocument = {
  topic: 'member',
  partition: 3,
  offset: '7',
  time: '2026-11-21T09:00:00.000Z',
  key: 'k1',
  type: 'member.signed-up',
  id: 'e1',
  headers: { ce_source: 'member-service' },
  value: { locale: 'ko', address: { city: '서울' } },
};

describe('the filter of records', () => {
  it.each([
    undefined,
    'type=member.signed-up',
    'type=member.signed-up,key=k1',
    'partition=3',
    'header.ce_source=member-service',
    'value.locale=ko',
    'value.address.city=서울',
  ])('%s holds', (text) => {
    expect(parseRecordFilter(text)(record)).toBe(true);
  });

  it.each(['type=order.completed', 'type=member.signed-up,key=k2', 'value.locale.x=ko', 'value.toString=x'])(
    '%s does not hold',
    (text) => {
      expect(parseRecordFilter(text)(record)).toBe(false);
    },
  );

  it.each(['type', 'colour=red', ''])('"%s" is refused with the fields that there are', (text) => {
    expect(() => parseRecordFilter(text)).toThrow(
      expect.objectContaining({
        kind: 'malformed',
        remedy: expect.stringContaining('header.NAME'),
        about: { kind: 'condition', name: text },
      }),
    );
  });
});
