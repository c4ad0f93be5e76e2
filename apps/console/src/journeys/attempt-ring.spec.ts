import { beforeEach, describe, expect, it } from 'vitest';
import { ATTEMPTS_KEPT_MAX, ATTEMPT_ERROR_CHARACTERS_MAX, ATTEMPT_TEXT_CHARACTERS_MAX } from '../limits.ts';
import { AttemptRing } from './attempt-ring.ts';
import type { ReportedAttempt } from './attempt-ring.ts';

const FIRST_AT = Date.parse('2026-11-30T09:00:00.000Z');
const second = (n: number): string => new Date(FIRST_AT + n * 1_000).toISOString();

const HANDLED: ReportedAttempt = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  group: 'mail-service',
  at: second(0),
  outcome: 'handled',
  attempt: 0,
  topic: 'member',
  partition: 2,
  offset: '7',
  error: null,
  durationMs: 1.5,
  nextInMs: null,
};

let ring: AttemptRing;

beforeEach(() => {
  ring = new AttemptRing();
});

const add = (eventId: string, changes: Partial<ReportedAttempt> = {}): void =>
  ring.add(eventId, { ...HANDLED, ...changes });

const errorsOf = (eventId: string): ReadonlyArray<string | null> => ring.of(eventId).map(({ error }) => error);

describe('an attempt', () => {
  it.each<Partial<ReportedAttempt>>([
    {},
    { outcome: 'retry', attempt: 3, error: 'connect ECONNREFUSED 127.0.0.1:1025', nextInMs: 4_000 },
    { outcome: 'parked', attempt: 70_000, error: '', durationMs: 30_000.125, nextInMs: 259_200_000 },
    { outcome: 'dead', group: 'mail-service.send-text', durationMs: 0.001, nextInMs: 0 },
    { outcome: 'ambiguous', traceId: 'ffffffffffffffffffffffffffffffff', durationMs: null },
    { outcome: 'repeated', traceId: null, offset: '0', partition: 2_147_483_647 },
    { traceId: '00000000000000000000000000000001', offset: String(Number.MAX_SAFE_INTEGER) },
    { error: 'the first line\nand the second, "quoted" \\ 메일 서버가 없습니다 \u0000 \u{1f4ed} __proto__' },
  ])('is read as it was reported: %j', (changes) => {
    add('kim', changes);
    expect(ring.of('kim')).toEqual([{ ...HANDLED, ...changes }]);
  });

  it('is known by its event, whatever characters the id has', () => {
    const ids = [
      '01a22ba5-2739-7c3a-8b8f-ee49d3504dc1',
      '01a22ba5-2739-7c3a-8b8f-ee49d3504dc2',
      '',
      '주문',
      'x'.repeat(200),
    ];
    for (const [index, eventId] of ids.entries()) add(eventId, { attempt: index });
    expect(ids.map((eventId) => ring.of(eventId).map(({ attempt }) => attempt))).toEqual([[0], [1], [2], [3], [4]]);
    expect(ring.of('__proto__')).toEqual([]);
  });

  it('has no trace and no record where those cannot be what they should be', () => {
    add('kim', { traceId: 'not hexadecimal, of 32 characters', offset: '9007199254740993' });
    add('kim', { topic: null, offset: 'x' });
    expect(ring.of('kim').map(({ traceId, topic, offset }) => [traceId, topic, offset])).toEqual([
      [null, null, null],
      [HANDLED.traceId, null, null],
    ]);
  });

  it('without a time is not kept', () => {
    add('kim', { at: 'soon' });
    expect(ring.of('kim')).toEqual([]);
  });

  it('has the beginning of an error that is too long', () => {
    add('kim', { error: '가'.repeat(1_000_000) });
    expect(errorsOf('kim')).toEqual([`${'가'.repeat(ATTEMPT_ERROR_CHARACTERS_MAX)}…`]);
  });
});

describe('the attempts that are kept', () => {
  const events = ATTEMPTS_KEPT_MAX / 2;

  it('are 50,000, also when all have an error that repeats', () => {
    for (let n = 0; n < 2 * ATTEMPTS_KEPT_MAX; n += 1) {
      add(`event ${n % events}`, { at: second(n), attempt: n, error: 'connect ECONNREFUSED 127.0.0.1:1025' });
    }
    const found = Array.from({ length: events }, (_, n) => ring.of(`event ${n}`).map(({ attempt }) => attempt));
    expect(found).toEqual(Array.from({ length: events }, (_, n) => [n + 2 * events, n + 3 * events]));
    expect(ring.forgottenUntil).toBe(second(ATTEMPTS_KEPT_MAX - 1));
  });

  it('are fewer while their errors all differ and are long: the oldest make room', () => {
    const error = (n: number): string => `${n} ${'x'.repeat(ATTEMPT_ERROR_CHARACTERS_MAX - 10)}`;
    const count = Math.ceil(ATTEMPT_TEXT_CHARACTERS_MAX / ATTEMPT_ERROR_CHARACTERS_MAX);
    add('first', { at: second(1) });
    for (let n = 0; n < count; n += 1) add(`event ${n}`, { at: second(2 + n), error: error(n) });
    const kept = Array.from({ length: count }, (_, n) => errorsOf(`event ${n}`));
    const made = kept.findIndex((errors) => errors.length > 0);
    expect(ring.of('first')).toEqual([]);
    expect(made).toBeGreaterThan(0);
    expect(kept).toEqual(Array.from({ length: count }, (_, n) => (n < made ? [] : [error(n)])));
    expect(ring.forgottenUntil).toBe(second(1 + made));
    // Its texts have gone with it, and their numbers are those of others.
    for (let n = 0; n < ATTEMPTS_KEPT_MAX; n += 1) add('last', { error: 'timed out' });
    add('kim', { group: 'audit', error: 'refused' });
    expect(ring.of('kim')).toEqual([{ ...HANDLED, group: 'audit', error: 'refused' }]);
    expect(new Set(errorsOf('last'))).toEqual(new Set(['timed out']));
    expect(errorsOf(`event ${count - 1}`)).toEqual([]);
  });

  it('have lost none before there are too many', () => {
    add('kim');
    expect(ring.forgottenUntil).toBeNull();
  });
});
