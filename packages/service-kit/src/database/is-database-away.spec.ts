import { describe, expect, it } from 'vitest';
import { isDatabaseAway } from './is-database-away.ts';

const withCode = (code: string): Error => Object.assign(new Error('…'), { code });

describe('isDatabaseAway', () => {
  it.each(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', '08006', '57P01', '57P03', '53300', '57014'])(
    '%s: another try may succeed',
    (code) => {
      expect(isDatabaseAway(withCode(code))).toBe(true);
    },
  );

  it.each(['23505', '23503', '42P01', '22P02', '42601'])('%s: is an answer, and would be the same again', (code) => {
    expect(isDatabaseAway(withCode(code))).toBe(false);
  });

  it('knows the errors of the driver that have no code, and looks at causes', () => {
    const lost = new Error('Connection terminated unexpectedly');
    expect(isDatabaseAway(lost)).toBe(true);
    expect(isDatabaseAway(new Error('sign-up failed', { cause: lost }))).toBe(true);
    expect(isDatabaseAway(new Error('some bug'))).toBe(false);
    expect(isDatabaseAway('not even an error')).toBe(false);
  });
});
