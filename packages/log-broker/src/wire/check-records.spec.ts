import { describe, expect, it } from 'vitest';
import { rawRecords } from '../../test/raw-batch.ts';
import { RECORD_ERRORS_MAX } from '../limits.ts';
import { checkRecords } from './check-records.ts';

const NO_RULES = { needsKey: false, earliest: Number.NEGATIVE_INFINITY, latest: Number.POSITIVE_INFINITY };

describe('the check of produced records', () => {
  it('finds the newest timestamp, with deltas of any size', () => {
    const deltas = [0, 63, 64, -64, 8_191, 8_192, -5, 2 ** 31, 2 ** 45, -(2 ** 45)];
    const records = rawRecords(deltas.map((timestampDelta) => ({ timestampDelta })));
    expect(checkRecords(records, deltas.length, 1_000, NO_RULES).maxTimestamp).toBe(2 ** 45 + 1_000);
    expect(checkRecords(rawRecords([{}]), 1, -1, NO_RULES).maxTimestamp).toBe(-1);
  });

  it('refuses records that are truncated anywhere, and bytes behind the last', () => {
    const headers = [['name', 'value'] as const, ['nothing', null] as const];
    const whole = rawRecords([{ value: 'v'.repeat(200), headers }, { headers }]);
    expect(checkRecords(whole, 2, 0, NO_RULES).refusedCount).toBe(0);
    for (let length = 0; length < whole.length; length++) {
      expect(() => checkRecords(whole.subarray(0, length), 2, 0, NO_RULES)).toThrow('record');
    }
    expect(() => checkRecords(Buffer.concat([whole, Buffer.from([0])]), 2, 0, NO_RULES)).toThrow('behind the last');
  });

  it('refuses records whose fields contradict each other', () => {
    const refusals: ReadonlyArray<readonly [Parameters<typeof rawRecords>[0], string]> = [
      [[{ offsetDelta: 1 }], 'record 0 has the offset of 1'],
      [[{}, { offsetDelta: 0 }], 'record 1 has the offset of 0'],
      [[{ trailing: 'more' }], 'record 0 is shorter than its length'],
      [[{ headers: [[-1, 'value']] }], 'header without a key'],
      [[{ headerCount: -1 }], '-1 headers'],
      [[{ headerCount: 1_000_000_000 }], '1000000000 headers'],
      [[{ key: -2 }], 'field of -2 bytes'],
    ];
    for (const [records, problem] of refusals) {
      expect(() => checkRecords(rawRecords(records), records.length, 0, NO_RULES)).toThrow(problem);
    }
  });

  it('accepts both ends of the allowed times, and names the records outside of them', () => {
    const records = rawRecords([-11, -10, 10, 11, 2 ** 62, -(2 ** 62)].map((timestampDelta) => ({ timestampDelta })));
    const { refused } = checkRecords(records, 6, 1_000, { needsKey: false, earliest: 990, latest: 1_010 });
    expect(refused.map(({ index }) => index)).toEqual([0, 3, 4, 5]);
  });

  it('counts all records that break a rule and names only the first of many', () => {
    const records = rawRecords(Array.from({ length: 5_000 }, () => ({ key: null })));
    const { refused, refusedCount } = checkRecords(records, 5_000, 0, { ...NO_RULES, needsKey: true });
    expect(refusedCount).toBe(5_000);
    expect(refused).toHaveLength(RECORD_ERRORS_MAX);
  });
});
