import { QueryRunnerProviderAlreadyReleasedError } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { MessagingError, PermanentError, TransientError } from '../errors.ts';
import { isOutage } from './is-outage.ts';

const withCode = (code: string): Error => Object.assign(new Error('…'), { code });

describe('an outage', () => {
  it.each(['ECONNREFUSED', 'ECONNRESET', '57P01', '57P03', '08006', '53300', '40P01'])('is %s', (code) => {
    expect(isOutage(withCode(code))).toBe(true);
    expect(isOutage(new Error('the query failed', { cause: withCode(code) }))).toBe(true);
    expect(isOutage(Object.assign(new Error('QueryFailedError'), { driverError: withCode(code) }))).toBe(true);
  });

  it.each(['23505', '42P01', '22P02', 'ERR_INVALID_ARG_TYPE'])('is not %s, which would be the same again', (code) => {
    expect(isOutage(withCode(code))).toBe(false);
  });

  it('is what a handler says is one, a claim held elsewhere, and what the driver gives no code', () => {
    expect(isOutage(new TransientError('busy'))).toBe(true);
    expect(isOutage(new MessagingError('CLAIM_HELD_ELSEWHERE', '…'))).toBe(true);
    expect(isOutage(new Error('Connection terminated unexpectedly'))).toBe(true);
    expect(isOutage(new QueryRunnerProviderAlreadyReleasedError())).toBe(true);
  });

  it('is no bug, no refusal and nothing that is not an error, and a circle of causes ends', () => {
    const circle = new Error('circle');
    circle.cause = circle;
    for (const other of [new Error('a bug'), new PermanentError('refused'), 'text', undefined, circle]) {
      expect(isOutage(other)).toBe(false);
    }
  });
});
