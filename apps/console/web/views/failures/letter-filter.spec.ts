import { expect, it } from 'vitest';
import type { DeadLetterRow } from '../../../src/api.ts';
import { conditionsOf, CONDITIONS_OF, filterOf, matching, spanOf, wrongCondition } from './letter-filter.ts';

const addressed = (query: string) => conditionsOf(new URLSearchParams(query));
const timeOf = ({ createdAt }: DeadLetterRow) => createdAt;

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
  ['service=mail-service&event=member.signed-up&reason=permanent&error=MAILBOX', true],
  ['group=mail-service&from=2026-11-21T11:30:00Z&to=2026-11-21T11:30:00.001Z', true],
  ['group=order-service', false],
  ['from=2026-11-21T11:30:00.001Z', false],
  ['to=2026-11-21T20:30:00%2B09:00', false],
  ['service=order-service', false],
  ['event=order.completed', false],
  ['reason=invalid', false],
  ['error=552', false],
  ['ids=b,a', true],
  ['ids=b', false],
])('a letter is shown where every condition holds: %s', (query, isShown) => {
  expect(matching([letterOf({})], addressed(query), timeOf)).toHaveLength(isShown ? 1 : 0);
});

it('a day is all of it', () => {
  const noon = letterOf({ createdAt: new Date(2026, 10, 21, 12).toISOString() });
  const shown = (query: string) => matching([noon], addressed(query), timeOf).length;
  expect([shown('from=2026-11-21&to=2026-11-21'), shown('to=2026-11-20'), shown('from=2026-11-22')]).toEqual([1, 0, 0]);
});

it('an age is a span that stays the same', () => {
  const span = spanOf('1h', Date.parse('2026-11-21T12:00:00.000Z'));
  expect(span).toEqual({ from: '2026-11-21T11:00:00.000Z', to: '2026-11-21T12:00:00.000Z' });
  expect(addressed(new URLSearchParams(span).toString())).toMatchObject(span);
});

it('an act on all that match is given the same conditions, and none without a condition', () => {
  expect(filterOf(addressed(''))).toBeNull();
  expect(filterOf(addressed('ids=a&reason=permanent'))).toBeNull();
  const query = 'group=mail-service&reason=permanent&from=2026-11-21T11:00Z&to=2026-11-21T12:00Z&error=550';
  expect(filterOf(addressed(query))).toEqual({
    group: 'mail-service',
    reason: 'permanent',
    error: '550',
    from: '2026-11-21T11:00:00.000Z',
    before: '2026-11-21T12:00:00.000Z',
  });
});

it.each([
  ['dead', 'service=a&group=b&event=c&reason=d&error=e&from=2026-11-21&to=2026-11-21T09:00Z&ids=f', null],
  ['dead', 'from=&to=', null],
  ['dead', 'age=1h', { name: 'age', value: '1h', kind: 'unknown' }],
  ['dead', 'from=yesterday', { name: 'from', value: 'yesterday', kind: 'not-a-time' }],
  ['resolved', 'reason=permanent&reason=expired', { name: 'reason', value: 'permanent', kind: 'repeated' }],
  ['parked', 'reason=permanent', { name: 'reason', value: 'permanent', kind: 'unknown' }],
  ['audit', 'event=c', { name: 'event', value: 'c', kind: 'unknown' }],
] as const)('in %s the address ?%s has wrong: %o', (tab, query, wrong) => {
  expect(wrongCondition(new URLSearchParams(query), CONDITIONS_OF[tab])).toEqual(wrong);
});
