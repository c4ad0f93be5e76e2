import { memberSignedUp } from '@event-bus/event-catalog';
import { describe, expect, it } from 'vitest';
import { welcomeMail } from './welcome-mail.template.ts';

const member = memberSignedUp.schema.parse(memberSignedUp.example);

describe('the welcome mail', () => {
  it('greets in Korean by name', () => {
    const letter = welcomeMail({ ...member, locale: 'ko' });
    expect(letter.subject).toBe('김지민님, 환영합니다');
    expect(letter.text.split('\n')).toContain('김지민님, 안녕하세요.');
    expect(letter.text.split('\n')).toContain('가입 이메일: jimin@example.com');
    expect(letter.html).toContain('<p>김지민님, 안녕하세요.</p>');
    expect(letter.html).toContain('<html lang="ko">');
  });

  it('greets in English by name', () => {
    const letter = welcomeMail({ ...member, name: 'Jimin Kim', locale: 'en' });
    expect(letter.subject).toBe('Welcome, Jimin Kim');
    expect(letter.text.split('\n')).toContain('Hello Jimin Kim,');
    expect(letter.text.split('\n')).toContain('You signed up with jimin@example.com.');
    expect(letter.html).toContain('<p>Hello Jimin Kim,</p>');
    expect(letter.html).toContain('<html lang="en">');
  });

  it('shows markup in a name as text', () => {
    const letter = welcomeMail({ ...member, name: '<script>alert(1)</script>' });
    expect(letter.html).not.toContain('<script');
    expect(letter.html).toContain('<p>&lt;script&gt;alert(1)&lt;/script&gt;님, 안녕하세요.</p>');
    expect(letter.text).toContain('<script>alert(1)</script>님, 안녕하세요.');
  });

  it('keeps a name of several lines on one', () => {
    const letter = welcomeMail({ ...member, name: '지민\r\nBcc: everybody@example.com' });
    expect(letter.subject).toBe('지민 Bcc: everybody@example.com님, 환영합니다');
  });
});
