import type { Locale, MemberSignedUp } from '@event-bus/event-catalog';
import { shortName } from '../texts/short-name.ts';

const words: Record<Locale, (name: string) => string> = {
  ko: (name) => `[이벤트버스] ${name}님, 회원가입이 완료되었습니다. 환영합니다!`,
  en: (name) => `Event Bus: welcome, ${name}! Your account is ready.`,
};

export function welcomeText({ name, locale }: Pick<MemberSignedUp, 'name' | 'locale'>): string {
  return words[locale](shortName(name));
}
