// @vitest-environment jsdom
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { FailedCheck, Problem, Said, SaidParams } from '../../src/api.ts';
import { groupStateName, placeName, problemText, sentenceOf, whyOf } from './said.ts';
import { en } from './en.ts';
import { showLanguage } from './words.ts';

const DETAIL = 'A sentence of the server.';
const problem = (said: Said | undefined, status = 503): Problem => ({
  type: 'about:blank',
  title: '',
  status,
  detail: DETAIL,
  next: 'Its next step.',
  ...(said !== undefined && { said }),
});

/** Each code that there is: the compiler finds a missing one. */
const PARAMS: SaidParams = {
  'source-unavailable': {
    source: 'mail-service',
    address: 'http://127.0.0.1:1',
    setting: 'SERVICES',
    reason: 'ECONNREFUSED',
  },
  'source-unknown': { source: 'mail-service', setting: 'SERVICES' },
  'source-refuses': { source: 'mail-service', answer: 'after must be the next.' },
  'admin-token-wrong': { source: 'mail-service' },
  'other-version': { source: 'mail-service' },
  'topic-unknown': { topic: 'member' },
  'group-unknown': { group: 'mail-service' },
  'topic-deleted': {},
  'record-deleted': {},
  'group-deleted': {},
  'topic-not-allowed': {},
  'group-not-allowed': {},
  'settings-not-allowed': {},
  'partition-unknown': { topic: 'member', partition: '9', last: '5' },
  'partition-empty': { place: 'member/0' },
  'offset-unknown': { place: 'member/0', offset: '7', first: '2', last: '6' },
  'offset-without-record': { place: 'member/0@7' },
  'filter-wrong': { condition: 'red', fields: 'type, key' },
  'after-wrong': {},
  'request-wrong': { answer: 'limit: too large.' },
  'no-dry-run': { act: 'redrive', minutes: '5' },
  'edit-wrong': { event: 'order.completed', answer: 'email: not valid.' },
  'edit-not-json': { answer: 'Unexpected end.' },
  'edit-of-many': {},
  'event-unknown': { eventId: '01a1fde8', silent: 'order-service' },
  'event-lost': { eventId: '01a1fde8' },
  'event-dropped': { eventId: '01a1fde8', by: 'hana', service: 'order-service' },
  'mail-unknown': { id: 'welcome:01a1fde8' },
  'contract-unknown': { event: 'a.b', known: 'order.completed' },
  'member-unknown': { memberId: '0199f1c2' },
  'item-unknown': { sku: 'tea', known: 'coffee' },
  'fault-unknown': { fault: 'flood' },
  'supervisor-unavailable': { address: '/tmp/control', reason: 'ENOENT' },
  'supervisor-refuses': { answer: 'no such part' },
  'lab-unreadable': { file: 'docs/lab/results.json', reason: 'ENOENT' },
  'too-many-tabs': { tabs: '64' },
  'token-missing': {},
  'console-fails': {},
};
const SAID = Object.entries(PARAMS).map(([code, params]) => ({ code, params }) as Said);

describe.each(['en', 'ko'] as const)('in %s', (language) => {
  beforeEach(async () => showLanguage(language));

  it.each(SAID.map((said) => [said.code, said] as const))(
    '%s is a sentence of the page, with its next step',
    (_, said) => {
      const text = problemText(problem(said));
      expect(text).not.toContain(DETAIL);
      expect(text).not.toContain('Its next step.');
      expect(/[가-힣]/.test(text)).toBe(language === 'ko');
      const shown = Object.entries(said.params).filter(([name]) => name !== 'act');
      expect(shown.filter(([, value]) => !text.includes(value))).toEqual([]);
    },
  );

  it('what has no code, or one that is newer than the page, is as the server says it', () => {
    expect(problemText(problem(undefined))).toBe(`${DETAIL} Its next step.`);
    const newer = { code: 'from-the-future', params: {} } as unknown as Said;
    expect(problemText(problem(newer))).toBe(`${DETAIL} Its next step.`);
    expect(sentenceOf({ detail: DETAIL, said: newer })).toBe(DETAIL);
  });

  it('a state or a place that the page does not know keeps its name', () => {
    expect(groupStateName('Hibernating')).toBe('Hibernating');
    expect(placeName({ kind: 'attic' as never, service: 'mail-service' }, 'attic of mail-service')).toBe(
      'attic of mail-service',
    );
  });
});

it('states of groups and places of a search are in the language of the page', async () => {
  const shown = () => [groupStateName('Stable'), placeName({ kind: 'ledger', service: 'mail-service' }, '')];
  await showLanguage('en');
  expect(shown()).toEqual(['stable', 'ledger of mail-service']);
  await showLanguage('ko');
  expect(shown()).toEqual(['안정', 'mail-service 발송 원장']);
});

it('the next step after a refusal depends on what was refused', async () => {
  await showLanguage('en');
  const refused: Said = { code: 'source-refuses', params: { source: 'mail-service', answer: 'No.' } };
  expect(problemText(problem(refused, 404))).toMatch(/may have been resolved or deleted/);
  expect(problemText(problem(refused, 500))).toMatch(/the log of the service/);
  expect(problemText(problem(refused, 400))).toBe('mail-service: No. Correct the request.');
});

describe('what a service refuses', () => {
  const answer = 'The database does not answer in time.';
  const refused = (refusal?: Said['refusal']): Said => ({
    code: 'source-refuses',
    params: { source: 'mail-service', answer },
    ...(refusal !== undefined && { refusal }),
  });
  const shown = (refusal?: Said['refusal']) => sentenceOf({ detail: DETAIL, said: refused(refusal) });

  it('is in the language of the page, by its code', async () => {
    await showLanguage('ko');
    expect(shown({ code: 'database-unavailable', params: {} })).toBe(
      'mail-service: 데이터베이스가 제때 응답하지 않습니다.',
    );
    expect(shown({ code: 'busy', params: { requests: '3' } })).toContain('3건');
  });

  it('is as a service of an earlier or a later version says it, without a code that the page knows', async () => {
    await showLanguage('ko');
    expect(shown()).toBe(`mail-service: ${answer}`);
    expect(shown({ code: 'from-the-future', params: {} })).toBe(`mail-service: ${answer}`);
  });

  it('has words for every code and type of problem of the documents, and no others', () => {
    const documented = ['admin', 'problems'].flatMap((name) => {
      const text = readFileSync(join(import.meta.dirname, `../../../../docs/${name}.md`), 'utf8');
      return [...text.matchAll(/^\| `(?:\/problems\/)?([a-z-]+)` \| \d+ \|/gm)].map(([, code]) => code!);
    });
    const words = Object.keys(en).filter((word) => word.startsWith('refused.'));
    const wanted = new Set([...documented, 'effect-unknown']);
    expect(words.toSorted()).toEqual([...wanted].map((code) => `refused.${code}`).toSorted());
  });
});

describe('a check that fails', () => {
  const shown = (why: FailedCheck['why']) => whyOf({ reason: null, failed: [{ check: 'database', why }] });

  it('is in the language of the page, with the reason as it is', async () => {
    await showLanguage('ko');
    const text = shown({ code: 'database-fails', params: { reason: 'connect ECONNREFUSED 127.0.0.1:5432' } });
    expect(text).toBe('데이터베이스를 쓸 수 없음: “connect ECONNREFUSED 127.0.0.1:5432”');
  });

  it('is as the service says it, or by its reason, without a code that the page knows', async () => {
    await showLanguage('ko');
    expect(shown(DETAIL)).toBe(`database: ${DETAIL}`);
    expect(shown({ code: 'from-the-future', params: { reason: 'ENOSPC' } })).toBe('database: ENOSPC');
  });

  it('has words for every code of the document, and no others', () => {
    const text = readFileSync(join(import.meta.dirname, '../../../../docs/health.md'), 'utf8');
    const [, codes = ''] = text.split('## Codes');
    const documented = [...codes.matchAll(/^\| `([a-z-]+)` \| /gm)].map(([, code]) => `check.${code}`);
    const words = Object.keys(en).filter((word) => word.startsWith('check.'));
    expect(words.toSorted()).toEqual(documented.toSorted());
  });
});

it('sources that were not read are named only where there are some', async () => {
  await showLanguage('en');
  const text = (silent: string) =>
    sentenceOf({ detail: DETAIL, said: { code: 'event-unknown', params: { eventId: 'x', silent } } });
  expect(text('')).toBe('No source knows the event x.');
  expect(text('order-service')).toMatch(/they do not answer: order-service\.$/);
});
