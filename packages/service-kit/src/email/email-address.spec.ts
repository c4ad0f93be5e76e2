import fc from 'fast-check';
import { domainToASCII } from 'node:url';
import { describe, expect, it } from 'vitest';
import { emailAddress } from './email-address.ts';

describe('emailAddress', () => {
  it.each([
    ['  jimin@example.com\n', 'jimin@example.com'],
    ['Jimin.Kim@EXAMPLE.com', 'Jimin.Kim@example.com'],
    ['jimin@예시.com', 'jimin@xn--vv4b11d.com'],
    ['jimin@XN--VV4B11D.com', 'jimin@xn--vv4b11d.com'],
    ['jimin@ab--cd.com', 'jimin@ab--cd.com'],
    ['jimin@faß.de', 'jimin@xn--fa-hia.de'],
    ['jimin@예시.한국', 'jimin@xn--vv4b11d.xn--3e0b707e'],
    ["o'neil+a.b!#$%&*/=?^_`{|}~-@example.com", "o'neil+a.b!#$%&*/=?^_`{|}~-@example.com"],
    [`${'a'.repeat(64)}@example.com`, `${'a'.repeat(64)}@example.com`],
  ])('%j is written to as %s', (typed, written) => {
    expect(emailAddress.parse(typed)).toBe(written);
  });

  it.each([
    '',
    'jimin',
    '@example.com',
    'jimin@',
    'jimin@127.1',
    'jimin@１２７.１',
    'jimin@ｅｘａｍｐｌｅ.com',
    'jimin@ⓔxample.com',
    'jimin@예시。com',
    'jimin@localhost',
    'a@b@c.com ',
    'jimin@exa mple.com',
    'a\r\nBcc: b@c.com',
    'a..b@example.com',
    '.a@example.com',
    'a.@example.com',
    `${'a'.repeat(65)}@example.com`,
    `a@${'a'.repeat(64)}.com`,
    `a@${'예'.repeat(60)}.com`,
    'a@xn--0.com',
    'a@xn--a.com',
    'a@예시.com.',
    'a@-예시.com',
    'a@예_시.com',
    'a@exam\u00adple.com',
    'a@\u200bexample.com',
    'a@\u202eexample.com',
    '지민@example.com',
    '"a b"@example.com',
  ])('refuses %j', (typed) => {
    expect(emailAddress.safeParse(typed).success).toBe(false);
  });

  /** Each ends a host in a URL, or is read as another character there. */
  it.each(['#', '/', '?', '%63', '%00', '\t', '\n', '\\', ':25', '@', '[', '^', '|', '<', '>', ' ', '\0', ';', ','])(
    'refuses %j in a domain, which would be mailed elsewhere without the rest',
    (cut) => {
      for (const domain of [`예시${cut}.evil.com`, `예시.com${cut}x.com`, `a${cut}b.com`, `예시.com${cut}`]) {
        if (domain.trim() === '예시.com') continue;
        expect(emailAddress.safeParse(`jimin@${domain}`).success).toBe(false);
      }
    },
  );

  it('reads what it wrote as the same address', () => {
    fc.assert(
      fc.property(fc.emailAddress(), (typed) => {
        const first = emailAddress.safeParse(typed);
        fc.pre(first.success);
        expect(emailAddress.parse(first.data)).toBe(first.data);
      }),
    );
  });

  it('keeps the local part to the letter and a domain in ASCII but for its case, or refuses the address', () => {
    const unit = fc.constantFrom('a', 'a', 'B', 'B', '.', '-', '#', '%', '/', '?', '@', '_', ' ', '\t', '\u200b');
    const text = fc.string({ unit, minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(text, text, (local, domain) => {
        const { data = 'refused' } = emailAddress.safeParse(`${local}@${domain}.com`);
        expect([`${local.trimStart()}@${domain.toLowerCase()}.com`, 'refused']).toContain(data);
      }),
      { numRuns: 2_000 },
    );
  });

  it('writes a domain that the URL standard reads as the same, or refuses the address', () => {
    const unit = fc.constantFrom('a', '예', '시', 'ß', 'é', '.', '。', '-', '#', '%63', '/', '?', '@', '\t', '\u00ad');
    fc.assert(
      fc.property(fc.string({ unit, minLength: 1, maxLength: 6 }), (domain) => {
        const { data = 'refused' } = emailAddress.safeParse(`jimin@${domain}.com`);
        const isWhole = !/[#%/?@\t\u00ad]/.test(domain);
        expect([isWhole ? `jimin@${domainToASCII(`${domain}.com`)}` : 'refused', 'refused']).toContain(data);
      }),
      { numRuns: 2_000 },
    );
  });
});
