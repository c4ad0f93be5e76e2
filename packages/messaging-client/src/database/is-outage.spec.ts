import { describe, expect, it } from 'vitest';
import { MessagingError, PermanentError, TransientError } from '../errors.ts';
import { isOutage } from './is-outage.ts';

const withCode = (code: string): Error => Object.assign(new Error('…'), { code });

describe('an outage', () => {
  it.each(['ECONNREFUSED', '57P01', '53300', '40P01'])('is %s, also as a cause', (code) => {
    expect(isOutage(withCode(code))).toBe(true);
    expect(isOutage(new Error('the query failed', { cause: withCode(code) }))).toBe(true);
  });

  it('is what a handler reports as one, a claim held elsewhere and a lost session', () => {
    expect(isOutage(new TransientError('busy'))).toBe(true);
    expect(isOutage(new Error('wrapped', { cause: new TransientError('busy') }))).toBe(true);
    expect(isOutage(new MessagingError('CLAIM_HELD_ELSEWHERE', '…'))).toBe(true);
    expect(isOutage(new MessagingError('INSTANCE_LOCK_LOST', '…'))).toBe(true);
  });

  it('is not a bug, a refusal or a time-out, whose cause is unknown', () => {
    const others = [new Error('a bug'), new PermanentError('refused'), 'text', withCode('57014')];
    for (const other of [...others, new MessagingError('HANDLER_TIMED_OUT', '…')]) expect(isOutage(other)).toBe(false);
  });
});
