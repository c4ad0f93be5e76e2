import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, it } from 'vitest';
import { ATTEMPTS_KEPT_MAX } from '../limits.ts';
import type { EventFeed } from '../sources/event-feed.ts';
import { SeenAttempts } from './seen-attempts.ts';

const AT = '2026-11-30T09:00:00.000Z';
const TRACE = '0af7651916cd43dd8448eb211c80319c';

let feed: EventEmitter;
let seen: SeenAttempts;

beforeEach(() => {
  feed = new EventEmitter();
  seen = new SeenAttempts(feed as unknown as EventFeed);
});

const reported = (...events: readonly object[]): void => {
  feed.emit(
    'events',
    'mail-service',
    events.map((event) => ({ name: 'record.handled', at: AT, eventId: 'kim', ...event })),
  );
};

/** Seconds after the console was started. */
const later = (seconds: number): string => new Date(Date.parse(seen.startedAt) + seconds * 1_000).toISOString();

describe('the attempts of an event', () => {
  it('are shown as the service has reported them', () => {
    reported({ topic: 'member', partition: 2, offset: '7', milliseconds: 1.5, traceId: TRACE });
    expect(seen.of('kim')).toEqual([
      {
        eventId: 'kim',
        group: 'mail-service',
        at: AT,
        outcome: 'handled',
        attempt: 1,
        record: 'member/2@7',
        error: null,
        durationMs: 1.5,
        nextInMs: null,
      },
    ]);
    expect(seen.traceOf('kim')).toBe(TRACE);
    expect([seen.of('lee'), seen.traceOf('lee')]).toEqual([[], undefined]);
  });

  it('have the number that was reported, or the next one of their group', () => {
    reported(
      { name: 'record.retry', attempt: 1, error: { message: 'the first line\nand the second' }, retryInMs: 200 },
      { group: 'audit' },
      { name: 'record.retry', attempt: 2, retryInMs: 400 },
      {},
    );
    const attempts = seen.of('kim');
    expect(attempts.map(({ group, attempt }) => [group, attempt])).toEqual([
      ['mail-service', 1],
      ['audit', 1],
      ['mail-service', 2],
      ['mail-service', 3],
    ]);
    expect(attempts[0]).toMatchObject({ error: 'the first line\nand the second', nextInMs: 200 });
  });

  it('that were before the console are not known one by one', () => {
    expect(seen.notSeenBefore('kim', AT, 0)).toBe(seen.startedAt);
    expect(seen.notSeenBefore('kim', seen.startedAt, 1)).toBeNull();
  });

  it('that made room are not known one by one either, but those that are kept are', () => {
    const [, second, third, fourth] = Array.from({ length: 5 }, (_, index) => later(index));
    const others = (count: number): void => {
      reported(...Array.from({ length: count }, (_, index) => ({ eventId: `other ${index}`, at: third })));
    };
    reported({ name: 'record.parked', eventId: 'lost', at: second, attempt: 1 });
    reported({ name: 'record.parked', eventId: 'kept', at: second, attempt: 1 });
    others(ATTEMPTS_KEPT_MAX - 1);
    expect(seen.notSeenBefore('lost', later(0), 1)).toBe(second);
    expect(seen.notSeenBefore('kept', later(0), 1)).toBeNull();
    // Those of its later attempts are known.
    reported({ name: 'record.parked', eventId: 'lost', at: fourth, attempt: 2 });
    expect(seen.notSeenBefore('lost', later(0), 2)).toBe(fourth);
    expect(seen.of('lost').map(({ attempt }) => attempt)).toEqual([2]);
    expect(seen.notSeenBefore('not attempted', later(0), 0)).toBeNull();
  });

  it('that is handled has the number after the last one that is kept', () => {
    reported({ name: 'record.parked', attempt: 7 }, {});
    expect(seen.of('kim').map(({ attempt }) => attempt)).toEqual([7, 8]);
  });
});
