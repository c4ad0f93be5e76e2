import { expect, it } from 'vitest';
import type { RejectedRows } from '../../../src/api.ts';
import { allThatMatch, furtherPages, rejectedUrl, rowsOf } from './rejected-rows.ts';

const row = (seq: string, second: number) => ({
  seq,
  eventId: `event-${seq}`,
  event: 'member.signed-up',
  topic: 'member',
  key: 'a',
  error: 'UNKNOWN_TOPIC_OR_PARTITION',
  createdAt: new Date(second * 1_000).toISOString(),
});

const answerOf = (service: string, rows: Array<ReturnType<typeof row>>, next: string | null) => ({
  service,
  rejected: { value: { service, rows, next }, at: null, problem: null },
});

const page: RejectedRows = {
  services: [
    answerOf('member-service', [row('7', 3)], '7'),
    answerOf('order-service', [row('7', 1)], null),
    { service: 'mail-service', rejected: { value: null, at: null, problem: null } },
  ],
};

it('the address of the page has the conditions for the server, and nothing else', () => {
  expect(rejectedUrl(new URLSearchParams('topic=member&key= a &page=2&event='))).toBe(
    '/api/outbox/rejected?topic=member&key=a',
  );
  expect(rejectedUrl(new URLSearchParams('page=2'))).toBe('/api/outbox/rejected');
});

it('each service that has more goes on behind its own last row, under the same conditions', () => {
  expect(furtherPages('/api/outbox/rejected?topic=member', page)).toEqual([
    '/api/outbox/rejected?topic=member&service=member-service&after=7',
  ]);
});

it('rows of all services are one list, oldest first, and one seq in two services is two rows', () => {
  expect(rowsOf([page]).map(({ service, id }) => `${service} ${id}`)).toEqual(['order-service 7', 'member-service 7']);
});

it('an act on all that match has a filter for each service, and none where no condition is given', () => {
  expect(allThatMatch('/api/outbox/rejected?service=order-service&topic=member', ['order-service'])).toEqual([
    { service: 'order-service', filter: { topic: 'member' } },
  ]);
  expect(allThatMatch('/api/outbox/rejected?service=order-service', ['order-service'])).toBeNull();
});
