import type { InboxAnswer } from '@event-bus/service-kit/admin';
import { expect, it } from 'vitest';
import { repeatsOf, withRepeats } from './repeats.ts';
import type { SeenAttempt } from './seen-attempts.ts';

const START = Date.parse('2026-11-21T09:00:00.000Z');
const at = (ms: number) => new Date(START + ms).toISOString();

const attempt = (ms: number, outcome: SeenAttempt['outcome'], offset = '7'): SeenAttempt => ({
  eventId: 'a',
  group: 'mail-service',
  at: at(ms),
  outcome,
  attempt: 0,
  record: `member/0@${offset}`,
  error: null,
  durationMs: null,
  nextInMs: null,
});

const inbox = (newest: InboxAnswer['repeats']['newest']): InboxAnswer => ({
  service: 'mail-service',
  counts: [],
  repeats: { records: newest.length, since: at(0), newest },
  rows: [],
  next: null,
});

const listed = (ms: number, eventId: string, offset: string) => ({
  at: at(ms),
  topic: 'member',
  partition: 0,
  offset,
  event: 'member.signed-up',
  eventId,
});

it('of the repeats that an inbox lists, those of the event are its attempts', () => {
  const found = repeatsOf('a', [inbox([listed(5_000, 'b', '9'), listed(4_000, 'a', '8')])]);
  expect(found).toEqual([attempt(4_000, 'repeated', '8')]);
});

it('a repeat that was seen counts once, and one that was not seen stands at its time', () => {
  const seen = [attempt(0, 'handled'), attempt(9_000, 'repeated')];
  const repeats = [attempt(9_002, 'repeated'), attempt(5_000, 'repeated', '8')];
  expect(withRepeats(seen, repeats)).toEqual([seen[0], repeats[1], seen[1]]);
});

it('the same record that comes once more later is another repeat', () => {
  const seen = [attempt(9_000, 'repeated')];
  expect(withRepeats(seen, [attempt(19_000, 'repeated')])).toHaveLength(2);
});
