import type { Language } from '../../preferences.ts';

const NAMES: Readonly<Record<Language, readonly (readonly [name: string, address: string])[]>> = {
  ko: [
    ['이하나', 'hana'],
    ['김지민', 'jimin'],
    ['박서연', 'seoyeon'],
    ['정민재', 'minjae'],
    ['최유나', 'yuna'],
  ],
  en: [
    ['Emma Reed', 'emma.reed'],
    ['Noah Kim', 'noah.kim'],
    ['Olivia Park', 'olivia.park'],
    ['Liam Stone', 'liam.stone'],
    ['Ava Lee', 'ava.lee'],
  ],
};

/** A name and an address that has not signed up yet, so that the form can be sent as it is. */
export function suggestPerson(language: Language): { readonly name: string; readonly email: string } {
  const names = NAMES[language];
  const [name, address] = names[Math.floor(Math.random() * names.length)]!;
  const suffix = Date.now().toString(36).slice(-5);
  return { name, email: `${address}.${suffix}@example.com` };
}
