import { emailAddress } from '@event-bus/service-kit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mailboxOf } from './mailbox.ts';

function sameMailbox(one: string, other: string): boolean {
  return mailboxOf(emailAddress.parse(one)) === mailboxOf(emailAddress.parse(other));
}

describe('mailboxOf', () => {
  it('is the same for addresses that reach the same mailbox', () => {
    expect(sameMailbox('Jimin@Example.com', ' jimin@example.COM')).toBe(true);
    expect(sameMailbox('jimin@예시.com', 'JIMIN@xn--vv4b11d.com')).toBe(true);
  });

  it('is the same in capitals', () => {
    fc.assert(
      fc.property(fc.emailAddress(), (typed) => {
        fc.pre(emailAddress.safeParse(typed).success);
        expect(sameMailbox(typed, typed.toUpperCase())).toBe(true);
      }),
    );
  });

  it('distinguishes other addresses; dots and tags have a meaning on some servers only', () => {
    expect(sameMailbox('jimin@example.com', 'jimin@example.org')).toBe(false);
    expect(sameMailbox('ji.min@example.com', 'jimin@example.com')).toBe(false);
    expect(sameMailbox('jimin+shop@example.com', 'jimin@example.com')).toBe(false);
  });
});
