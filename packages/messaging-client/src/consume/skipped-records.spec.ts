import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RECORDS_SKIPPED_WARNED_MS, SKIPPED_PARTITIONS_REMEMBERED_MAX } from '../limits.ts';
import { MessageEvents } from '../observe/message-events.ts';
import { SkippedRecords } from './skipped-records.ts';

let reported: unknown[];
let skipped: SkippedRecords;

beforeEach(() => {
  vi.useFakeTimers({ now: new Date('2026-01-02T03:04:05Z') });
  reported = [];
  const events = new MessageEvents();
  events.on('records.skipped', (gap) => void reported.push(gap));
  skipped = new SkippedRecords(events);
});
afterEach(() => void vi.useRealTimers());

describe('records that were deleted before they were read', () => {
  it('are reported with their offsets and their number, and warned of for a day', () => {
    skipped.add({ topic: 'member', partition: 1, from: '120', to: '132' }, 0n);
    expect(reported).toEqual([{ topic: 'member', partition: 1, from: '120', to: '132', records: 12 }]);
    expect(skipped.warnings()).toEqual([
      'member/1: 12 records were deleted before they were read, offsets 120 to 131, seen at 2026-01-02T03:04:05.000Z',
    ]);
    vi.advanceTimersByTime(RECORDS_SKIPPED_WARNED_MS + 1);
    expect(skipped.warnings()).toEqual([]);
  });

  it('read well when it was one', () => {
    skipped.add({ topic: 'member', partition: 1, from: '120', to: '121' }, 0n);
    expect(skipped.warnings()).toEqual([
      'member/1: 1 record was deleted before it was read, offset 120, seen at 2026-01-02T03:04:05.000Z',
    ]);
  });

  it('are only those that were not received before the driver went back to what was committed', () => {
    skipped.add({ topic: 'member', partition: 1, from: '120', to: '132' }, 130n);
    skipped.add({ topic: 'member', partition: 2, from: '120', to: '132' }, 132n);
    expect(reported).toEqual([{ topic: 'member', partition: 1, from: '130', to: '132', records: 2 }]);
  });

  it('are remembered for a bounded number of partitions, the latest of them', () => {
    for (let partition = 0; partition <= SKIPPED_PARTITIONS_REMEMBERED_MAX; partition += 1) {
      skipped.add({ topic: 'member', partition, from: '0', to: '1' }, 0n);
    }
    expect(skipped.warnings()).toHaveLength(SKIPPED_PARTITIONS_REMEMBERED_MAX);
    expect(skipped.warnings()[0]).toContain('member/1:');
  });
});
