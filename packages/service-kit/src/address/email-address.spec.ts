import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emailAddress, mailboxOf } from './email-address.ts';

function sameMailbox(one: string, other: string): boolean {
  return mailboxOf(emailAddress.parse(one)) === mailboxOf(emailAddress.parse(other));
}

describe('emailAddress', () => {
  it.each([
    ['  jimin@example.com\n', 'jimin@example.com'],
    ['Jimin.Kim@EXAMPLE.com', 'Jimin.Kim@example.com'],
    ['jimin@예시.com', 'jimin@xn--vv4b11d.com'],
    ['jimin@ｅｘａｍｐｌｅ.com', 'jimin@example.com'],
  ])('%j is written to as %s', (typed, written) => {
    expect(emailAddress.parse(typed)).toBe(written);
  });

  it.each([
    '',
    'jimin',
    '@example.com',
    'jimin@',
    'jimin@127.1',
    'jimin@localhost',
    'a@b@c.com ',
    'jimin@exa mple.com',
    'a\r\nBcc: b@c.com',
  ])('refuses %j', (typed) => {
    expect(emailAddress.safeParse(typed).success).toBe(false);
  });

  it('reads what it wrote as the same address', () => {
    fc.assert(
      fc.property(fc.emailAddress(), (typed) => {
        const first = emailAddress.safeParse(typed);
        fc.pre(first.success);
        expect(emailAddress.parse(first.data)).toBe(first.data);
        expect(sameMailbox(typed, typed.toUpperCase())).toBe(true);
      }),
    );
  });
});

describe('mailboxOf', () => {
  it('is the same for addresses that reach the same mailbox', () => {
    expect(sameMailbox('Jimin@Example.com', ' jimin@example.COM')).toBe(true);
    expect(sameMailbox('jimin@예시.com', 'JIMIN@xn--vv4b11d.com')).toBe(true);
  });

  it('tells others apart; dots and tags mean something to some servers only', () => {
    expect(sameMailbox('jimin@example.com', 'jimin@example.org')).toBe(false);
    expect(sameMailbox('ji.min@example.com', 'jimin@example.com')).toBe(false);
    expect(sameMailbox('jimin+shop@example.com', 'jimin@example.com')).toBe(false);
  });
});
