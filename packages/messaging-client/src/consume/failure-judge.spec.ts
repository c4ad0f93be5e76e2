import { describe, expect, it } from 'vitest';
import type { DatabaseSession } from '../database/session.ts';
import { TransientError } from '../errors.ts';
import { KEYS_FAILING_MIN } from '../limits.ts';
import type { InstanceLock } from '../database/instance-lock.ts';
import { FailureJudge } from './failure-judge.ts';

const withCode = (code: string): Error => Object.assign(new Error('…'), { code });
const attemptOf = (key: string, startedAt = performance.now()) => ({ handler: 'thing.happened', key, startedAt });

function judge(answer: () => Promise<Array<{ writable: boolean }>> = async () => [{ writable: true }]): FailureJudge {
  return new FailureJudge({ session: { query: answer } as unknown as DatabaseSession } as InstanceLock);
}

describe('a failed attempt', () => {
  it('counts when it is an answer, and does not when something is unavailable or in the way', async () => {
    expect(await judge().counts(new Error('a bug'), attemptOf('a'))).toBe(true);
    expect(await judge().counts(withCode('23505'), attemptOf('a'))).toBe(true);
    for (const error of [withCode('57P01'), withCode('40P01'), new TransientError('busy')]) {
      expect(await judge().counts(error, attemptOf('a'))).toBe(false);
    }
  });

  it.each(['57014', '25P03', '55P03', '55000'])(
    '%s counts while the database answers on another connection',
    async (code) => {
      expect(await judge().counts(withCode(code), attemptOf('a'))).toBe(true);
    },
  );

  it.each([
    ['cannot be queried', async () => Promise.reject(new Error('lost'))],
    ['is read-only', async () => [{ writable: false }]],
    ['does not answer', () => new Promise<never>(() => undefined)],
  ])('by a time-out does not count while the database %s', async (_, answer) => {
    expect(await judge(answer).counts(withCode('57014'), attemptOf('a'))).toBe(false);
  });

  it('by a time-out does not count without a session to query', async () => {
    expect(await new FailureJudge({} as InstanceLock).counts(withCode('57014'), attemptOf('a'))).toBe(false);
  });

  it('by a time-out does not count when other keys fail in the same way, until one succeeds', async () => {
    const failures = judge();
    const others = Array.from({ length: KEYS_FAILING_MIN }, (_, n) => `key ${n}`);
    for (const key of others) expect(await failures.counts(withCode('57014'), attemptOf(key))).toBe(true);
    expect(await failures.counts(withCode('57014'), attemptOf('a'))).toBe(false);
    const other = { ...attemptOf('a'), handler: 'thing.heard' };
    expect(await failures.counts(withCode('57014'), other)).toBe(true);
    failures.succeeded('thing.happened');
    expect(await failures.counts(withCode('57014'), attemptOf('a'))).toBe(true);
  });

  it('by a time-out counts when its key alone fails, however often', async () => {
    const failures = judge();
    for (let n = 0; n < 10; n += 1) expect(await failures.counts(withCode('57014'), attemptOf('a'))).toBe(true);
  });
});
