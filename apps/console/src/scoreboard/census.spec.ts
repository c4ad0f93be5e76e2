import { describe, expect, it } from 'vitest';
import { SCOREBOARD_SETTLED_AFTER_MS, SCOREBOARD_WINDOW_MS, WRONG_AFTER_MS } from '../limits.ts';
import { bucketAt, bucketOf, timeOfBucket } from './bucket.ts';
import { Census } from './census.ts';

const NOW = Date.UTC(2026, 10, 29);
const id = (n: number, time = NOW): string => {
  const digits = time.toString(16).padStart(12, '0');
  return `${digits.slice(0, 8)}-${digits.slice(8)}-7000-8000-${String(n).padStart(12, '0')}`;
};
const digestOf = (ids: readonly string[]) => ({
  mails: ids.length,
  accepted: ids.length,
  ambiguous: 0,
  digest: String(
    ids.reduce((digest, one) => digest ^ BigInt.asIntN(64, BigInt(`0x${one.slice(19).replace('-', '')}`)), 0n),
  ),
});

/** Three committed events: published to member/0 at their number. */
function census(ids: readonly string[]): Census {
  const census = new Census();
  census.committed(
    ids.map((eventId, n) => ({ eventId, event: 'member.signed-up', topic: 'member', partition: 0, offset: String(n) })),
  );
  return census;
}

/** Of member/0. */
const readUpTo = (offset: number) => new Map([['member', new Map([[0, offset]])]]);

const readLedger = (of: Census, ids: readonly string[]): void => {
  const byBucket = Map.groupBy(ids, (one) => bucketOf(one)!);
  const digests = new Map([...byBucket].map(([name, inBucket]) => [name, digestOf(inBucket)]));
  for (const name of of.ledger(digests, '00000000-0')) of.accepted(name, byBucket.get(name) ?? []);
};

describe('the scoreboard', () => {
  const ids = [id(1), id(2), id(3)];

  it('finds each event in one place: its record is not read yet, it is parked, or it is mailed', () => {
    const all = census(ids);
    all.watermarks(readUpTo(2));
    all.unfinished(new Set([ids[1]!]), new Set());
    readLedger(all, [ids[0]!]);
    expect(all.judge(0)).toMatchObject({
      verdict: 'balanced',
      accepted: 3,
      mailed: 1,
      parked: 1,
      inFlight: 1,
      dead: 0,
    });
  });

  it('reads no id where the digests of both sides are equal', () => {
    const all = census(ids);
    expect(all.ledger(new Map([[bucketOf(ids[0]!)!, digestOf(ids)]]), '00000000-0')).toEqual([]);
    expect(all.judge(0)).toMatchObject({ mailed: 3, inFlight: 0 });
  });

  it('is missing an event that is in no place for three seconds, and names it', () => {
    const all = census(ids);
    all.watermarks(readUpTo(3));
    readLedger(all, ids);
    expect(all.judge(0).verdict).toBe('balanced');
    readLedger(all, ids.slice(1));
    expect(all.judge(1_000)).toMatchObject({ verdict: 'balanced', mailed: 2, inFlight: 1 });
    expect(all.judge(1_000 + WRONG_AFTER_MS)).toMatchObject({
      verdict: 'missing',
      accepted: 3,
      mailed: 2,
      inFlight: 0,
      wrong: 1,
      events: [{ eventId: ids[0], event: 'member.signed-up' }],
    });
  });

  it('is missing an event whose row is lost from the outbox, until it is found further on', () => {
    const all = new Census();
    all.committed([{ eventId: ids[0]!, event: 'member.signed-up', topic: 'member', partition: null, offset: null }]);
    readLedger(all, []);
    expect(all.judge(0)).toMatchObject({ verdict: 'balanced', inFlight: 1 });
    all.absent(ids[0]!, 'lost');
    expect([all.judge(1_000).verdict, all.lost, all.isUncertain]).toEqual(['balanced', [ids[0]], true]);
    const judged = all.judge(1_000 + WRONG_AFTER_MS);
    expect(judged).toMatchObject({ verdict: 'missing', accepted: 1, inFlight: 0, events: [{ eventId: ids[0] }] });
    all.unfinished(new Set(), new Set([ids[0]!]));
    expect([all.judge(4_000).verdict, all.lost]).toEqual(['balanced', []]);
    all.unfinished(new Set(), new Set());
    expect([all.judge(5_000).verdict, all.lost]).toEqual(['balanced', [ids[0]]]);
    readLedger(all, [ids[0]!]);
    expect([all.judge(6_000).verdict, all.lost]).toEqual(['balanced', []]);
  });

  it('counts an event whose row an operator has dropped as dead, as it does a letter that was dropped', () => {
    const all = new Census();
    all.committed([{ eventId: ids[0]!, event: 'member.signed-up', topic: 'member', partition: null, offset: null }]);
    readLedger(all, []);
    all.absent(ids[0]!, 'dropped');
    expect(all.judge(0)).toMatchObject({ verdict: 'balanced', accepted: 1, inFlight: 0, dead: 1 });
    expect(all.lost).toEqual([]);
  });

  it('is missing an event although another one, which no outbox has, is in the ledger: sums alone would be equal', () => {
    const all = census(ids);
    all.watermarks(readUpTo(3));
    readLedger(all, [...ids.slice(1), id(9)]);
    all.judge(0);
    expect(all.judge(WRONG_AFTER_MS)).toMatchObject({ verdict: 'missing', events: [{ eventId: ids[0] }] });
  });

  it('has an event that is mailed and dead as double', () => {
    const all = census(ids);
    all.watermarks(readUpTo(3));
    all.unfinished(new Set(), new Set([ids[2]!]));
    readLedger(all, ids);
    all.judge(0);
    expect(all.judge(WRONG_AFTER_MS)).toMatchObject({ verdict: 'double', events: [{ eventId: ids[2] }] });
  });

  it('does not count the time in which a source was silent', () => {
    const all = census(ids);
    all.watermarks(readUpTo(3));
    readLedger(all, ids.slice(1));
    all.judge(0);
    all.interrupt();
    expect(all.judge(WRONG_AFTER_MS).verdict).toBe('balanced');
    expect(all.judge(2 * WRONG_AFTER_MS).verdict).toBe('missing');
  });

  it('counts on what has left the window, and keeps there what is not mailed', () => {
    const old = [id(1, NOW - 2 * SCOREBOARD_WINDOW_MS), id(2, NOW - 3 * SCOREBOARD_WINDOW_MS)];
    const all = census([...old, ...ids]);
    all.watermarks(readUpTo(5));
    all.unfinished(new Set(), new Set([old[1]!]));
    readLedger(all, [old[0]!, ...ids]);
    all.judge(0);
    all.forget(NOW);
    expect(all.judge(0)).toMatchObject({ verdict: 'balanced', accepted: 5, mailed: 4, dead: 1 });
    expect(all.olderBuckets(NOW)).toEqual([bucketOf(old[1]!)]);
    expect(all.placeOf(old[0]!)).toBeUndefined();
  });
});

describe('what is settled, as everything of its seconds was mailed', () => {
  const ids = [id(1), id(2), id(3)];
  const order = { eventId: id(4), event: 'order.completed', topic: 'order', partition: 1, offset: '7' };
  const later = NOW + SCOREBOARD_SETTLED_AFTER_MS + 1;
  const settled = (): Census => {
    const all = census(ids);
    all.committed([order]);
    readLedger(all, [...ids, order.eventId]);
    all.forget(later);
    return all;
  };

  it('stays mailed', () => {
    const all = settled();
    expect(all.judge(0)).toMatchObject({ verdict: 'balanced', accepted: 4, mailed: 4, inFlight: 0 });
    expect([id(1), order.eventId, id(9)].map((one) => all.placeOf(one))).toEqual(['mailed', 'mailed', undefined]);
  });

  it('is missing an event that the ledger does not have any more, and names it', () => {
    const all = settled();
    readLedger(all, ids);
    expect(all.judge(0)).toMatchObject({ verdict: 'balanced', mailed: 3, inFlight: 1 });
    all.forget(later);
    expect(all.judge(WRONG_AFTER_MS)).toMatchObject({
      verdict: 'missing',
      accepted: 4,
      mailed: 3,
      events: [{ eventId: order.eventId, event: 'order.completed' }],
    });
    readLedger(all, [...ids, order.eventId]);
    expect(all.judge(WRONG_AFTER_MS)).toMatchObject({ verdict: 'balanced', mailed: 4 });
  });

  it('has an event that becomes a dead letter as double', () => {
    const all = settled();
    all.unfinished(new Set(), new Set([order.eventId]));
    all.judge(0);
    all.forget(later);
    expect(all.judge(WRONG_AFTER_MS)).toMatchObject({ verdict: 'double', events: [{ eventId: order.eventId }] });
  });

  it('takes a further event, and one that is reported again only once', () => {
    const all = settled();
    all.committed([order, { ...order, eventId: id(5) }]);
    readLedger(all, [...ids, order.eventId]);
    expect(all.judge(0)).toMatchObject({ accepted: 5, mailed: 4, inFlight: 1 });
  });

  it('is counted on when it leaves the window', () => {
    const all = settled();
    all.forget(later + SCOREBOARD_WINDOW_MS);
    expect(all.judge(0)).toMatchObject({ accepted: 4, mailed: 4 });
    expect(all.placeOf(order.eventId)).toBeUndefined();
  });
});

describe('a bucket', () => {
  it('is named by the time of its ids', () => {
    expect(bucketAt(NOW)).toBe(bucketOf(id(1)));
    expect(NOW - timeOfBucket(bucketOf(id(1))!)).toBeLessThan(2 ** 12);
    expect(bucketOf('2f1c9c5e-9f6d-4c39-8a05-0a8f3b1d0f6e')).toBeUndefined();
  });
});
