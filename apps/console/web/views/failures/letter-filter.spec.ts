import { expect, it } from 'vitest';
import type { DeadLetterRow } from '../../../src/api.ts';
import { conditionsOf, filterOf, matching } from './letter-filter.ts';

const now = Date.parse('2026-11-21T12:00:00.000Z');

function letterOf(given: Partial<DeadLetterRow>): DeadLetterRow {
  return {
    service: 'mail-service',
    id: 'a',
    group: 'mail-service',
    topic: 'member',
    partition: 0,
    offset: '1',
    eventId: 'e',
    event: 'member.signed-up',
    reason: 'permanent',
    error: '550 Mailbox unavailable',
    attempts: 1,
    redrives: 0,
    waiting: 0,
    state: 'open',
    createdAt: '2026-11-21T11:30:00.000Z',
    ...given,
  };
}

it.each([
  ['', true],
  ['service=mail-service&event=member.signed-up&reason=permanent&age=1h&error=MAILBOX', true],
  ['service=order-service', false],
  ['event=order.completed', false],
  ['reason=invalid', false],
  ['error=552', false],
  ['ids=b,a', true],
  ['ids=b', false],
])('a letter is shown where every condition holds: %s', (query, isShown) => {
  const rows = matching([letterOf({})], conditionsOf(new URLSearchParams(query)), now);
  expect(rows).toHaveLength(isShown ? 1 : 0);
});

it('an age shows the letters since then', () => {
  const old = letterOf({ createdAt: '2026-11-21T10:59:59.000Z' });
  expect(matching([old], conditionsOf(new URLSearchParams('age=1h')), now)).toEqual([]);
  expect(matching([old], conditionsOf(new URLSearchParams('age=24h')), now)).toEqual([old]);
});

it('an act on all that match is given the same conditions, and none without a condition', () => {
  expect(filterOf(conditionsOf(new URLSearchParams('')), now)).toBeNull();
  expect(filterOf(conditionsOf(new URLSearchParams('ids=a&reason=permanent')), now)).toBeNull();
  expect(filterOf(conditionsOf(new URLSearchParams('reason=permanent&age=1h&error=550')), now)).toEqual({
    reason: 'permanent',
    error: '550',
    from: '2026-11-21T11:00:00.000Z',
  });
});
