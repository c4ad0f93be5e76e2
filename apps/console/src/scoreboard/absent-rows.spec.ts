import { beforeEach, describe, expect, it } from 'vitest';
import { ABSENT_ROWS_ASKED_MAX } from '../limits.ts';
import type { AdminSource } from '../sources/admin-source.ts';
import { AbsentRows } from './absent-rows.ts';

let inOutbox: Set<string>;
let dropped: Set<string>;
let asked: string[];
let rows: AbsentRows;

beforeEach(() => {
  [inOutbox, dropped, asked] = [new Set(), new Set(), []];
  const admin = {
    get: async (service: string, path: string) => {
      asked.push(path);
      const { pathname, searchParams } = new URL(path, `http://${service}`);
      if (pathname === '/admin/outbox') {
        const ids = searchParams.get('eventIds')!.split(',');
        return { rows: ids.filter((eventId) => inOutbox.has(eventId)).map((eventId) => ({ eventId })) };
      }
      const acts = dropped.has(searchParams.get('eventId')!) ? [{ about: 'outbox-row', action: 'drop' }] : [];
      return { rows: [{ about: 'outbox-row', action: 'retry' }, ...acts] };
    },
  };
  rows = new AbsentRows(admin as unknown as AdminSource);
});

describe('a row that has waited', () => {
  it('is absent when its outbox has it no more: dropped by an operator, or lost', async () => {
    inOutbox = new Set(['kim']);
    dropped = new Set(['park']);
    const absent = await rows.absentOf('order-service', ['kim', 'lee', 'park']);
    expect([...absent]).toEqual([
      ['lee', 'lost'],
      ['park', 'dropped'],
    ]);
  });

  it('is looked for in its turn while more wait than are asked for at once', () => {
    const waiting = Array.from({ length: 2 * ABSENT_ROWS_ASKED_MAX + 1 }, (_, n) => `event-${n}`);
    const turns = Array.from({ length: 4 }, () => rows.nextOf('order-service', waiting));
    expect(turns.map((turn) => turn[0])).toEqual(['event-0', 'event-100', 'event-200', 'event-0']);
    expect(turns.slice(0, 3).flat()).toEqual(waiting);
    expect(rows.nextOf('member-service', ['kim'])).toEqual(['kim']);
  });

  it('costs no request while none waits', async () => {
    await rows.absentOf('order-service', rows.nextOf('order-service', []));
    expect(asked).toEqual([]);
  });
});
