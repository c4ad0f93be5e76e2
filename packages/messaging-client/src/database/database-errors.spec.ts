import { QueryRunnerAlreadyReleasedError, QueryRunnerProviderAlreadyReleasedError } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { databaseErrorKind, isDatabaseUnavailable } from './database-errors.ts';

const withCode = (code: string): Error => Object.assign(new Error('…'), { code });

describe('an error of the database', () => {
  it.each([
    ...['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', '08006', '25006', '28000', '28P01', '3D000', '53100', '53300'],
    ...['57P01', '57P02', '57P03', '58030'],
  ])('%s: it is unavailable', (code) => {
    expect(databaseErrorKind(withCode(code))).toBe('unavailable');
    expect(isDatabaseUnavailable(new Error('sign-up failed', { cause: withCode(code) }))).toBe(true);
    expect(isDatabaseUnavailable(Object.assign(new Error('failed'), { driverError: withCode(code) }))).toBe(true);
  });

  it.each(['40001', '40P01'])('%s: transactions conflicted', (code) => {
    expect(databaseErrorKind(withCode(code))).toBe('contention');
  });

  it.each(['25P03', '25P04', '55000', '55P03', '57014'])('%s: the statement or the database', (code) => {
    expect(databaseErrorKind(withCode(code))).toBe('undecided');
  });

  it.each(['23505', '23503', '42P01', '22P02', '42601', 'ERR_INVALID_ARG_TYPE', 'ENOENT'])(
    '%s: an answer, which would be the same again',
    (code) => {
      expect(databaseErrorKind(withCode(code))).toBeUndefined();
    },
  );

  it('that the driver gives no code is known by its message', () => {
    expect(databaseErrorKind(new Error('Connection terminated unexpectedly'))).toBe('unavailable');
    expect(databaseErrorKind(new Error('Query read timeout'))).toBe('undecided');
    expect(databaseErrorKind(new QueryRunnerAlreadyReleasedError())).toBe('undecided');
    expect(databaseErrorKind(new QueryRunnerProviderAlreadyReleasedError())).toBe('undecided');
  });

  it('is a missing socket, and not another missing file', () => {
    const missing = Object.assign(withCode('ENOENT'), { syscall: 'connect' });
    expect(databaseErrorKind(missing)).toBe('unavailable');
  });

  it('is not a bug or something that is not an error, and a circle of causes ends', () => {
    const circle = new Error('circle');
    circle.cause = circle;
    for (const other of [new Error('a bug'), 'text', undefined, circle])
      expect(databaseErrorKind(other)).toBeUndefined();
  });
});
