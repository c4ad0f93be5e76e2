import { expect, it } from 'vitest';
import type { LedgerRow } from '../sources/ledger-source.ts';
import type { JourneyFacts, OutboxRow } from './journey-facts.ts';
import { summarize } from './summarize.ts';

const AT = '2026-11-21T00:12:02.930Z';
const eventId = '01a1fde8-0017-7b63-95cf-2a4eab1dadef';
const silent: JourneyFacts['problems'] = [
  {
    source: 'mail-service',
    address: '',
    setting: '',
    detail: '',
    said: { code: 'console-fails', params: {} },
    since: AT,
  },
];
const published = { createdAt: AT, publishedAt: AT } as OutboxRow;
const mailed = { status: 'accepted', ambiguous: false, createdAt: AT, acceptedAt: AT } as LedgerRow;

function journeyOf(known: Partial<JourneyFacts>) {
  const facts: JourneyFacts = {
    eventId,
    row: published,
    answer: undefined,
    attempts: [],
    inbox: [],
    parked: [],
    letters: [],
    mail: undefined,
    caused: [],
    isMissing: false,
    owesMail: true,
    traceId: null,
    problems: [],
    ...known,
  };
  return summarize(facts, Date.parse(AT) + 100);
}

it('what no source has is in flight, and takes time, when all have answered', () => {
  expect(journeyOf({})).toMatchObject({ state: 'in-flight', totalMs: 100 });
});

it('what no source has is not known, nor how long it takes, while one of them is silent', () => {
  expect(journeyOf({ problems: silent })).toMatchObject({ state: 'unknown', totalMs: null });
});

it('what a source has is told, although another one is silent', () => {
  expect(journeyOf({ mail: mailed, problems: silent })).toMatchObject({ state: 'mailed', totalMs: 0 });
  expect(journeyOf({ owesMail: false, problems: silent })).toMatchObject({ state: 'published', totalMs: 0 });
});

it('what is mailed takes no more time, also while its mail is not read', () => {
  expect(journeyOf({ seenPlace: 'mailed' })).toMatchObject({ state: 'mailed', totalMs: null });
});
