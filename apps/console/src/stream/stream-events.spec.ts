import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { FailedCheck, JourneySummary, LiveMap, NewestJourneys, Scoreboard, SourceProblem } from '../api.ts';
import {
  FRAME_BYTES_MAX,
  FRAME_SERVICE_BYTES_MAX,
  LATEST_JOURNEYS,
  MAP_LAG_POINTS_MAX,
  PULSES_MAX,
  SCOREBOARD_IDS_SHOWN_MAX,
  STREAM_EVENT_BYTES_MAX,
} from '../limits.ts';
import { frameEvent, journeysEvents, pulsesEvent, shownOf } from './stream-events.ts';

const NOW = new Date().toISOString();
const REASON = 'connect ECONNREFUSED 127.0.0.1:54321';

const FAILED: FailedCheck = { check: 'database', why: { code: 'database-fails', params: { reason: REASON } } };

const bytesOf = (event: string): number => Buffer.byteLength(event);

it.each([1, 4, 12])(
  'a frame of %d services is within its bound while every source fails, every partition lags and events are missing',
  (count) => {
    const services = Array.from({ length: count }, (_, index) => `department-${index + 10}-service`);
    const event = frameEvent({
      at: NOW,
      scoreboard: shownOf(worstScoreboard(services)),
      map: worstMap(services),
      deadLetters: 123_456,
      dropped: 1_234,
    });
    expect(bytesOf(event)).toBeLessThanOrEqual(FRAME_BYTES_MAX + count * FRAME_SERVICE_BYTES_MAX);
  },
);

it('divides the newest journeys into events within the bound, and leaves none out', () => {
  const newest = Array.from({ length: LATEST_JOURNEYS }, worstJourney);
  const events = journeysEvents(newest, newest);
  for (const event of events) expect(bytesOf(event)).toBeLessThanOrEqual(STREAM_EVENT_BYTES_MAX);
  const received = events.map((event) => JSON.parse(/^data: (.+)$/m.exec(event)![1]!) as NewestJourneys);
  expect(received.flatMap(({ changed }) => changed)).toEqual(newest);
  expect(received.every(({ ids }) => ids.length === newest.length)).toBe(true);
});

it('sends only the order when no journey has changed', () => {
  const newest = Array.from({ length: LATEST_JOURNEYS }, worstJourney);
  const [event, ...others] = journeysEvents(newest, []);
  expect(others).toEqual([]);
  expect(bytesOf(event!)).toBeLessThan(1_024);
});

it('keeps the most pulses of one event within the bound', () => {
  const pulse = { edge: 'publish:member-service>member', topic: 'member', partition: 5 };
  expect(bytesOf(pulsesEvent({ pulses: Array.from({ length: PULSES_MAX }, () => pulse) }))).toBeLessThanOrEqual(
    STREAM_EVENT_BYTES_MAX,
  );
});

function worstScoreboard(services: readonly string[]): Scoreboard {
  return {
    at: NOW,
    verdict: 'missing',
    accepted: 123_456,
    mailed: 123_456,
    inFlight: 123_456,
    parked: 123_456,
    dead: 123_456,
    ambiguous: 123_456,
    events: Array.from({ length: SCOREBOARD_IDS_SHOWN_MAX }, () => ({
      eventId: randomUUID(),
      event: 'member.signed-up',
    })),
    wrong: 123_456,
    problems: ['broker', ...services].map(problem),
  };
}

function problem(source: string): SourceProblem {
  const address = 'http://127.0.0.1:54321';
  return {
    source,
    address,
    setting: 'SERVICES_ADMIN',
    detail: `${source} does not answer at ${address} (SERVICES_ADMIN): ${REASON}`,
    said: { code: 'source-unavailable', params: { source, address, setting: 'SERVICES_ADMIN', reason: REASON } },
    since: NOW,
  };
}

/** Each publishes two events on a topic of its own, as `npm run new:service` makes it, and consumes two topics. */
function worstMap(services: readonly string[]): LiveMap {
  const topics = services.map((service) => service.replace(/-service$/, ''));
  const eventsOf = (topic: string): string[] => [`${topic}.requested`, `${topic}.completed`];
  return {
    broker: { kind: 'log-broker', address: '127.0.0.1:54321, 127.0.0.1:54322, 127.0.0.1:54323' },
    parts: ['broker', ...services].map((name) => ({
      name,
      state: 'not-ready',
      reason: null,
      failed: name === 'broker' ? [] : [FAILED],
      since: NOW,
      relay: name === 'broker' ? null : { state: 'never-reached', since: NOW },
    })),
    publishers: services.flatMap((service, index) =>
      eventsOf(topics[index]!).map((entry) => ({ service, entry, waiting: 123_456, oldestSeconds: 1_234.567 })),
    ),
    topics: topics.map((topic) => ({
      topic,
      events: eventsOf(topic),
      records: '123456789',
      partitions: 6,
      lagging: [0, 1, 2, 3, 4, 5],
    })),
    groups: services.map((group) => ({
      group,
      state: 'PreparingRebalance',
      members: 12,
      lag: 123_456,
      lagSeconds: 1_234.567,
      parked: 123_456,
      dead: 123_456,
      trend: Array.from({ length: MAP_LAG_POINTS_MAX }, (_, point) => 12_345 + point),
    })),
    mail: { state: 'not-ready', lastAnswer: REASON, perSecond: 1_234.5, p50Ms: 1_234, p99Ms: 12_345 },
    edges: [
      ...services.map((service, index) => `publish:${service}>${topics[index]}`),
      ...services.flatMap((group) => topics.slice(0, 2).map((topic) => `consume:${topic}>${group}`)),
      'deliver:mail-service',
    ].map((id) => ({ id, perSecond: 1_234.5 })),
  };
}

function worstJourney(): JourneySummary {
  return {
    eventId: randomUUID(),
    event: 'member.signed-up',
    at: NOW,
    about: 'a-member-with-a-long-name@a-company-with-a-long-name.example',
    state: 'in-flight',
    totalMs: 123_456,
    dueAt: NOW,
    path: {
      status: 201,
      seq: '123456789',
      record: 'member/5@123456789',
      attempts: 12,
      smtp: '451 4.3.2 The mail server is busy, please send it again in some minutes',
    },
    stages: (['http', 'outbox', 'record', 'group', 'parked', 'smtp', 'email-event'] as const).map((kind) => ({
      kind,
      ms: 123_456,
    })),
  };
}
