import { describe, expect, test } from 'vitest';
import { scoreOf } from './score.ts';
import type { Event, Evidence } from './score.ts';
import { scoreOfTexts } from './texts.ts';
import type { ShownText } from './texts.ts';

/** Two letters to one address, one after the other. */
const FIRST: Event = { id: 'a', seq: 1, type: 'email.requested', key: 'reader@example.com' };
const SECOND: Event = { id: 'b', seq: 2, type: 'email.requested', key: 'reader@example.com' };
const ACCEPTED = { status: 'accepted', ambiguous: false };

interface Given {
  readonly first: readonly number[];
  readonly second: readonly number[];
  readonly ambiguous?: boolean;
}

/** Evidence in which both arrived at these moments, every copy. */
function arrived({ first, second, ambiguous = false }: Given): Evidence {
  return {
    events: [FIRST, SECOND],
    ledger: {
      mails: new Map([
        ['a.requested', { ...ACCEPTED, ambiguous }],
        ['b.requested', ACCEPTED],
      ]),
      parked: new Set(),
      dead: new Set(),
    },
    arrivals: new Map(
      [['a.requested', first] as const, ['b.requested', second] as const].filter(([, at]) => at.length > 0),
    ),
    promised: ['email.requested a', 'email.requested b'],
    halves: [],
  };
}

test('mails that arrive once and in order are as they must be', () => {
  expect(scoreOf(arrived({ first: [3], second: [7] }))).toMatchObject({
    accepted: 2,
    mailed: 2,
    duplicates: 0,
    disorder: 0,
    problems: [],
  });
});

test('a mail that never arrives and is neither parked nor dead is lost', () => {
  const evidence = arrived({ first: [3], second: [] });
  expect(scoreOf(evidence).problems).toEqual(['1 accepted and lost, such as b.requested']);
  const parked = scoreOf({ ...evidence, ledger: { ...evidence.ledger, parked: new Set(['b']) } });
  expect(parked).toMatchObject({ accepted: 2, mailed: 1, parked: 1, problems: [] });
  const dead = scoreOf({ ...evidence, ledger: { ...evidence.ledger, dead: new Set(['b']) } });
  expect(dead).toMatchObject({ accepted: 2, mailed: 1, dead: 1, problems: [] });
});

test('a second copy is a duplicate unless the ledger calls it ambiguous', () => {
  expect(scoreOf(arrived({ first: [3, 4], second: [7] }))).toMatchObject({ ambiguous: 0, duplicates: 1 });
  expect(scoreOf(arrived({ first: [3, 4], second: [7], ambiguous: true }))).toMatchObject({
    ambiguous: 1,
    duplicates: 0,
    problems: [],
  });
});

test('order is broken by any copy of an earlier mail behind a later one', () => {
  expect(scoreOf(arrived({ first: [8], second: [7] }))).toMatchObject({ disorder: 1 });
  expect(scoreOf(arrived({ first: [3, 8], second: [7], ambiguous: true }))).toMatchObject({ disorder: 1 });
});

test('an answer without its event is a broken promise', () => {
  const evidence = arrived({ first: [3], second: [7] });
  const { problems } = scoreOf({ ...evidence, promised: [...evidence.promised, 'member.signed-up c'] });
  expect(problems).toEqual(['1 answered and not committed, such as member.signed-up c']);
});

describe('texts', () => {
  const owed = [{ event: 'a', to: '+821010000001' }];
  const text = (key: string): ShownText => ({ key, to: '+821010000001', text: 'Welcome' });
  const none = new Set<string>();

  test('one for each event is as it must be', () => {
    expect(scoreOfTexts({ owed, shown: [text('a.welcome')], dead: none })).toEqual({
      ...{ shown: 1, lost: 0, doubled: 0 },
      problems: [],
    });
  });

  test('the same words to the same number are doubled, whatever their keys are', () => {
    const { doubled, problems } = scoreOfTexts({ owed, shown: [text('a.welcome'), text('a.again')], dead: none });
    expect({ doubled, problems }).toEqual({ doubled: 1, problems: ['1 texts shown twice, such as a.again'] });
  });

  test('one that is not shown and has no dead letter is lost', () => {
    expect(scoreOfTexts({ owed, shown: [], dead: none })).toMatchObject({ lost: 1 });
    expect(scoreOfTexts({ owed, shown: [], dead: new Set(['a']) })).toMatchObject({ lost: 0, problems: [] });
  });
});
