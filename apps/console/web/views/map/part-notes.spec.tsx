// @vitest-environment jsdom
import { render } from 'preact';
import { beforeEach, expect, it } from 'vitest';
import type { FailedCheck, LiveMap } from '../../../src/api.ts';
import { map } from '../../testing/fixture.ts';
import { showLanguage } from '../../words/words.ts';
import { ServiceNode } from './nodes.tsx';
import { PartNotes } from './part-notes.tsx';

type Part = LiveMap['parts'][number];

const SINCE = '2026-11-21T00:12:00.000Z';
const relay = { state: 'unavailable', since: SINCE } as const;

beforeEach(async () => showLanguage('en'));

const withParts = (changes: Readonly<Record<string, Partial<Part>>>): LiveMap => ({
  ...map,
  parts: map.parts.map((part) => ({ ...part, ...changes[part.name] })),
});

const NO_DATABASE: FailedCheck = {
  check: 'database',
  why: { code: 'database-fails', params: { reason: 'connect ECONNREFUSED' } },
};

function notesOf(shown: LiveMap): string[] {
  render(<PartNotes map={shown} />, document.body);
  return [...document.querySelectorAll('.note')].map(({ textContent }) => textContent);
}

function nodeOf(shown: LiveMap, service: string): { readonly dot: string; readonly text: string } {
  render(<ServiceNode id={service} isDim={false} map={shown} service={service} />, document.body);
  return { dot: document.querySelector('.dot')!.className, text: document.body.textContent };
}

it('says nothing while all is well', () => {
  expect(notesOf(map)).toEqual([]);
  expect(nodeOf(map, 'member-service').dot).toBe('dot green');
});

it('services without a broker are amber, named in one sentence with since when, why and what to do', () => {
  const shown = withParts({ 'member-service': { relay }, 'order-service': { relay } });
  expect(notesOf(shown)).toEqual([
    expect.stringMatching(
      /^member-service, order-service: No connection to the broker since \d\d:\d\d:00 \(\d+ \w+\)\. Requests are answered; .* Start the broker/,
    ),
  ]);
  expect(nodeOf(shown, 'member-service')).toEqual({
    dot: 'dot amber',
    text: expect.stringContaining('no broker connection'),
  });
});

it('a consumer that is out of its group without a broker is no trouble of its own', () => {
  const consumer: FailedCheck = {
    check: 'consumer',
    why: { code: 'consumer-fails', params: { reason: 'ECONNREFUSED' } },
  };
  const without = { state: 'not-ready', since: SINCE, relay, failed: [consumer] } as const;
  const shown = withParts({ 'member-service': { relay }, 'order-service': without });
  expect(notesOf(shown)).toEqual([expect.stringMatching(/^member-service, order-service: No connection/)]);
  expect(nodeOf(shown, 'order-service')).toEqual({
    dot: 'dot amber',
    text: expect.stringContaining('no broker connection'),
  });
  const both = withParts({ 'order-service': { ...without, failed: [consumer, NO_DATABASE] } });
  expect(nodeOf(both, 'order-service').dot).toBe('dot red');
  expect(notesOf(both)).toEqual([
    expect.stringMatching(/^order-service: No connection to the broker/),
    expect.stringMatching(/^order-service: Not ready since .*the database cannot be used/),
  ]);
});

it('services that are not ready for the same reason are one sentence', () => {
  const away = { state: 'not-ready', since: SINCE, failed: [NO_DATABASE] } as const;
  const shown = withParts({
    'member-service': away,
    'order-service': away,
    'mail-service': { ...away, failed: [{ check: 'smtp', why: '' }] },
  });
  expect(notesOf(shown)).toEqual([
    expect.stringMatching(/^member-service, order-service: Not ready/),
    expect.stringMatching(/^mail-service: Not ready .*smtp/),
  ]);
});

it('a service that is not ready for another reason is red, with that reason', () => {
  const shown = withParts({
    'order-service': { state: 'not-ready', since: SINCE, failed: [NO_DATABASE] },
  });
  expect(notesOf(shown)).toEqual([
    expect.stringMatching(
      /^order-service: Not ready since .*\(the database cannot be used: “connect ECONNREFUSED”\) The log has the details/,
    ),
  ]);
  expect(nodeOf(shown, 'order-service')).toEqual({ dot: 'dot red', text: expect.stringContaining('not ready') });
});

it('a service that does not answer is named with the reason of its connection', () => {
  const shown = withParts({ 'order-service': { state: 'unavailable', since: SINCE, reason: 'ECONNREFUSED' } });
  expect(notesOf(shown)).toEqual([expect.stringMatching(/^order-service: No answer since .*\(ECONNREFUSED\)/)]);
});

it('a broker that only the console misses is named, and not again where the services miss it', () => {
  const broker = {
    name: 'broker',
    state: 'unavailable',
    reason: 'ETIMEDOUT',
    failed: [],
    since: SINCE,
    relay: null,
  } as const;
  const shown = (changes: Parameters<typeof withParts>[0]) => {
    const changed = withParts(changes);
    return { ...changed, parts: [broker, ...changed.parts] };
  };
  expect(notesOf(shown({}))).toEqual([expect.stringMatching(/^Broker: No answer since .*\(ETIMEDOUT\)/)]);
  expect(notesOf(shown({ 'member-service': { relay } }))).toEqual([expect.stringMatching(/^member-service: /)]);
});
