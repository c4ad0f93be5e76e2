import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LOST_ROWS_ASKED_MAX, LOST_ROWS_EVERY_MS } from '../limits.ts';
import type { ScoreboardService } from '../scoreboard/scoreboard.service.ts';
import type { AdminSource } from '../sources/admin-source.ts';
import { LostRows } from './lost-rows.ts';

/** Events that wait as far as the scoreboard has read; those that are in the outbox; and those that an operator has dropped. */
let waiting: string[];
let inOutbox: Set<string>;
let dropped: Set<string>;
let places: Map<string, string>;
let asked: string[];
let isAway: boolean;
let rows: LostRows;
let now: number;

beforeEach(() => {
  [waiting, inOutbox, dropped, places, asked] = [[], new Set(), new Set(), new Map(), []];
  now = 0;
  isAway = false;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  const scoreboard = {
    waitingIn: (service: string) => (service === 'order-service' ? waiting : []),
    census: { placeOf: (eventId: string) => places.get(eventId) ?? 'inFlight' },
  };
  const admin = {
    services: ['order-service', 'mail-service'],
    get: async (service: string, path: string) => {
      asked.push(path);
      if (isAway) throw new Error('it does not answer');
      const { pathname, searchParams } = new URL(path, `http://${service}`);
      if (pathname === '/admin/outbox') {
        const ids = searchParams.get('eventIds')!.split(',');
        return { rows: ids.filter((eventId) => inOutbox.has(eventId)).map((eventId) => ({ eventId })) };
      }
      const acts = dropped.has(searchParams.get('eventId')!) ? [{ about: 'outbox-row', action: 'drop' }] : [];
      return { rows: [{ about: 'outbox-row', action: 'retry' }, ...acts] };
    },
  };
  rows = new LostRows(scoreboard as unknown as ScoreboardService, admin as unknown as AdminSource);
});

afterEach(() => {
  vi.restoreAllMocks();
});

const next = async (): Promise<readonly string[] | undefined> => {
  now += LOST_ROWS_EVERY_MS;
  return rows.read();
};

describe('the rows that are lost', () => {
  it('are those that have waited and are in no outbox any more', async () => {
    waiting = ['kim', 'lee', 'park'];
    inOutbox = new Set(['kim']);
    dropped = new Set(['park']);
    expect(await next()).toEqual(['lee']);
  });

  it('are not those that are found further on, or whose row is there again', async () => {
    waiting = ['kim', 'lee', 'park', 'choi'];
    places.set('choi', 'mailed');
    expect(await next()).toEqual(['kim', 'lee', 'park']);
    places.set('kim', 'parked');
    waiting = ['kim', 'park', 'choi'];
    inOutbox = new Set(['park']);
    expect(await next()).toEqual([]);
  });

  it('are found in turn while more wait than are asked for at once', async () => {
    waiting = Array.from({ length: 2 * LOST_ROWS_ASKED_MAX + 1 }, (_, n) => `event-${n}`);
    const last = waiting.at(-1)!;
    inOutbox = new Set(waiting.slice(0, -1));
    expect([await next(), await next(), await next(), await next()]).toEqual([[], [], [last], [last]]);
    inOutbox.add(last);
    expect([await next(), await next()]).toEqual([[last], []]);
  });

  it('are not asked for while nothing waits, and once a second at most', async () => {
    expect([await next(), asked]).toEqual([[], []]);
    waiting = ['kim'];
    expect(await rows.read()).toEqual([]);
    expect(asked).toEqual([]);
    dropped = new Set(['kim']);
    await next();
    await next();
    expect(asked).toEqual(['/admin/outbox?eventIds=kim', '/admin/audit?eventId=kim']);
  });

  it('are not known while the outbox does not answer', async () => {
    waiting = ['kim'];
    isAway = true;
    expect(await next()).toBeUndefined();
    isAway = false;
    expect(await next()).toEqual(['kim']);
  });
});
