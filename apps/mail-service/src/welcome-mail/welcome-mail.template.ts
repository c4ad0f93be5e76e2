import type { Locale, MemberSignedUp } from '@event-bus/event-catalog';
import { html } from '../letter/html.ts';
import { oneLine, page } from '../letter/letter.ts';
import type { Letter } from '../letter/letter.ts';

interface Words {
  readonly subject: string;
  readonly greeting: string;
  readonly body: string;
  readonly address: string;
  readonly notYou: string;
}

const words: Record<Locale, (name: string, email: string) => Words> = {
  ko: (name, email) => ({
    subject: `${name}님, 환영합니다`,
    greeting: `${name}님, 안녕하세요.`,
    body: '회원가입이 완료되었습니다. 함께해 주셔서 감사합니다.',
    address: `가입 이메일: ${email}`,
    notYou: '본인이 가입하지 않으셨다면 이 메일은 무시하셔도 됩니다.',
  }),
  en: (name, email) => ({
    subject: `Welcome, ${name}`,
    greeting: `Hello ${name},`,
    body: 'Thank you for signing up. Your account is ready.',
    address: `You signed up with ${email}.`,
    notYou: 'If you did not sign up, you can ignore this e-mail.',
  }),
};

export function welcomeMail(member: MemberSignedUp): Letter {
  const { subject, greeting, body, address, notYou } = words[member.locale](oneLine(member.name), member.email);
  return {
    subject,
    text: `${greeting}\n\n${body}\n\n${address}\n\n${notYou}\n`,
    html: page(
      member.locale,
      subject,
      html`<p>${greeting}</p>
        <p>${body}</p>
        <p>${address}</p>
        <p style="color:#656d76;font-size:14px">${notYou}</p>`,
    ),
  };
}
