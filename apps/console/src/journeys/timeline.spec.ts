import { describe, expect, it } from 'vitest';
import type { LedgerRow } from '../sources/ledger-source.ts';
import type { JourneyFacts } from './journey-facts.ts';
import type { SeenAttempt } from './seen-attempts.ts';
import { timelineOf } from './timeline.ts';

const START = Date.parse('2026-11-21T00:12:02.930Z');
const at = (ms: number) => new Date(START + ms).toISOString();
const eventId = '01a1fde8-0017-7b63-95cf-2a4eab1dadef';

/** Ends at `ms` after 4 ms. */
const attempt = (ms: number, outcome: SeenAttempt['outcome'], group = 'mail-service'): SeenAttempt => ({
  eventId,
  group,
  at: at(ms),
  outcome,
  attempt: 1,
  record: 'member/5@988',
  error: outcome === 'handled' ? null : 'connect ECONNREFUSED 127.0.0.1:1025',
  durationMs: 4,
  nextInMs: null,
});

function facts(attempts: readonly SeenAttempt[], mail: Pick<LedgerRow, 'status' | 'acceptedAt'>): JourneyFacts {
  return {
    eventId,
    row: undefined,
    answer: undefined,
    attempts,
    inbox: [],
    parked: [],
    letters: [],
    mail: { error: null, createdAt: at(30), ...mail } as LedgerRow,
    caused: [],
    isMissing: false,
    owesMail: true,
    traceId: null,
    problems: [],
  };
}

const stages = (of: JourneyFacts) =>
  Object.fromEntries(
    timelineOf(of).map(({ id, startedAt, endedAt, outcome, marks }) => [
      id,
      [startedAt, endedAt, outcome, marks.map((mark) => mark.at)],
    ]),
  );

describe('the stages of a mail that is parked and sent later', () => {
  const attempts = [
    attempt(35, 'retry'),
    attempt(140, 'parked'),
    attempt(880, 'parked'),
    attempt(1_980, 'handled'),
    attempt(36, 'handled', 'order-service'),
  ];

  it('are the attempts before it was parked, the parking with its attempts, and the conversation that succeeded', () => {
    const found = stages(facts(attempts, { status: 'accepted', acceptedAt: at(1_979) }));
    expect(found['group:mail-service']).toEqual([at(31), at(140), 'failed', [at(35), at(140)]]);
    expect(found['parked:mail-service']).toEqual([at(140), at(1_976), 'done', [at(880)]]);
    expect(found['smtp']).toEqual([at(1_976), at(1_979), 'done', []]);
    expect(found['group:order-service']).toEqual([at(32), at(36), 'done', []]);
  });

  it('are not open at the mail server while the mail waits', () => {
    const found = stages(facts(attempts.slice(0, 3), { status: 'waiting', acceptedAt: null }));
    expect(found['smtp']).toEqual([at(876), at(880), 'failed', []]);
    expect(found['parked:mail-service']).toEqual([at(140), null, 'done', [at(880)]]);
  });

  it('end with the answer that rejects it', () => {
    const rejected = facts([attempt(70, 'dead')], { status: 'rejected', acceptedAt: null });
    // Written in the transaction that began before the conversation.
    const letters = [{ group: 'mail-service', state: 'open', createdAt: at(67) } as JourneyFacts['letters'][number]];
    const found = stages({ ...rejected, letters });
    expect(found['smtp']).toEqual([at(66), at(70), 'dead', []]);
    expect(found['group:mail-service']).toEqual([at(66), at(70), 'dead', [at(70)]]);
  });

  it('have the dead letter and its redrive, also where the attempt before it was not seen', () => {
    const redriven = { state: 'redriven', createdAt: at(67), resolvedAt: at(5_000), resolvedBy: 'hana', error: '550' };
    const letters = [{ group: 'mail-service', ...redriven } as JourneyFacts['letters'][number]];
    const sent = facts([attempt(5_100, 'handled')], { status: 'accepted', acceptedAt: at(5_100) });
    expect(stages({ ...sent, letters })['group:mail-service']).toEqual([
      at(67),
      at(5_100),
      'done',
      [at(67), at(5_000)],
    ]);
  });

  it('are known by the ledger alone where no attempt was seen', () => {
    const found = stages(facts([], { status: 'accepted', acceptedAt: at(70) }));
    expect(found['smtp']).toEqual([at(30), at(70), 'done', []]);
  });
});
