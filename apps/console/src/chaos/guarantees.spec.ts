import { expect, it } from 'vitest';
import { guaranteesOf } from './guarantees.ts';
import type { Counted } from './guarantees.ts';

const BALANCED: Counted = {
  scoreboard: {
    at: '2026-11-30T09:00:00.000Z',
    verdict: 'balanced',
    accepted: 10,
    mailed: 7,
    inFlight: 1,
    parked: 1,
    dead: 1,
    ambiguous: 0,
    events: [],
    wrong: 0,
    problems: [],
  },
  waiting: { waiting: 1, oldestSeconds: 2 },
  lost: [],
  duplicates: { duplicates: 0, unexplained: [] },
  order: { overtaken: [], records: 10 },
};

/** Ids of the guarantees that do not hold, and of those that cannot be checked. */
function brokenBy(changes: Partial<Counted>): object {
  const guarantees = guaranteesOf({ ...BALANCED, ...changes });
  const those = (holds: boolean | null) => guarantees.filter((one) => one.holds === holds).map(({ id }) => id);
  return { broken: those(false), unknown: those(null) };
}

it('all guarantees hold while everything is in its place', () => {
  expect(brokenBy({})).toEqual({ broken: [], unknown: [] });
});

it('a mail that the ledger has lost breaks those about the ledger, and not the one about the outbox', () => {
  const events = [{ eventId: 'kim', event: 'member.signed-up' }];
  const scoreboard = { ...BALANCED.scoreboard, verdict: 'missing', mailed: 6, events, wrong: 1 } as const;
  expect(brokenBy({ scoreboard })).toEqual({ broken: ['equation', 'one-place'], unknown: [] });
});

it('a row that the outbox has lost breaks the one about the outbox, by its id', () => {
  expect(brokenBy({ lost: ['kim'] })).toEqual({ broken: ['committed-published'], unknown: [] });
  expect(guaranteesOf({ ...BALANCED, lost: ['kim'] }).at(-1)).toEqual({
    id: 'committed-published',
    holds: false,
    figures: { waiting: 1, oldestSeconds: 2, lost: 1 },
    events: ['kim'],
  });
});

it('what is published cannot be checked while an outbox does not answer', () => {
  const unknown = { broken: [], unknown: ['committed-published'] };
  expect([brokenBy({ waiting: null }), brokenBy({ waiting: null, lost: ['kim'] })]).toEqual([unknown, unknown]);
});
