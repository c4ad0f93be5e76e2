import { randomUUID } from 'node:crypto';
import { eventCatalog } from '@event-bus/event-catalog';
import { expect, it } from 'vitest';
import type { JourneySummary, LiveMap, NewestJourneys, Scoreboard, SourceProblem } from '../api.ts';
import { MAP_LAG_POINTS_MAX, LATEST_JOURNEYS, PULSES_MAX, FRAME_IDS_MAX, STREAM_EVENT_BYTES_MAX } from '../limits.ts';
import { PUBLISHED } from '../map/flow.ts';
import { frameEvent, journeysEvents, pulsesEvent } from './stream-events.ts';

const NOW = new Date().toISOString();
const SERVICES = ['member-service', 'order-service', 'mail-service', 'sms-service'];
const TOPICS = [...new Map(eventCatalog.map(({ topic }) => [topic.name, topic.partitions]))];
const REASON = 'connect ECONNREFUSED 127.0.0.1:54321';

const bytesOf = (event: string): number => Buffer.byteLength(event);

it('keeps a frame within the bound while every source fails, every partition lags and events are missing', () => {
  const event = frameEvent({
    at: NOW,
    scoreboard: worstScoreboard(),
    map: worstMap(),
    deadLetters: 123_456,
    dropped: 1_234,
  });
  expect(bytesOf(event)).toBeLessThanOrEqual(STREAM_EVENT_BYTES_MAX);
});

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

function worstScoreboard(): Scoreboard {
  return {
    at: NOW,
    verdict: 'missing',
    accepted: 123_456,
    mailed: 123_456,
    inFlight: 123_456,
    parked: 123_456,
    dead: 123_456,
    ambiguous: 123_456,
    events: Array.from({ length: FRAME_IDS_MAX }, () => ({
      eventId: randomUUID(),
      event: 'member.signed-up',
    })),
    wrong: 123_456,
    problems: ['broker', ...SERVICES].map(problem),
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

function worstMap(): LiveMap {
  const publishings = PUBLISHED.map(({ service, topic }) => `publish:${service}>${topic}`);
  const consumptions = TOPICS.flatMap(([topic]) => SERVICES.slice(0, 2).map((group) => `consume:${topic}>${group}`));
  return {
    broker: { kind: 'log-broker', address: '127.0.0.1:54321, 127.0.0.1:54322, 127.0.0.1:54323' },
    parts: ['broker', ...SERVICES].map((name) => ({ name, state: 'unavailable', detail: REASON, since: NOW })),
    publishers: PUBLISHED.map(({ service, entry }) => ({ service, entry, waiting: 123_456, oldestSeconds: 1_234.567 })),
    topics: TOPICS.map(([topic, partitions]) => ({
      topic,
      events: eventCatalog.filter((event) => event.topic.name === topic).map(({ name }) => name),
      records: '123456789',
      partitions: Array.from({ length: partitions }, (_, partition) => ({ partition, hasLag: false })),
    })),
    groups: SERVICES.map((group) => ({
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
    edges: [...new Set([...publishings, ...consumptions, 'deliver:mail-service'])].map((id) => ({
      id,
      perSecond: 1_234.5,
    })),
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
