import { batch, signal } from '@preact/signals';
import { keepLanguage, language } from '../preferences.ts';
import type { Language } from '../preferences.ts';
import type { Word, Words } from './en.ts';

// Only the words of the page's language are loaded.
const LOAD: Readonly<Record<Language, () => Promise<Words>>> = {
  en: async () => (await import('./en.ts')).en,
  ko: async () => (await import('./ko.ts')).ko,
};

const shown = signal<Words | null>(null);

/** Shows the page in this language; rejects, and changes nothing, if its words cannot be loaded. */
export async function showLanguage(wanted: Language): Promise<void> {
  const words = await LOAD[wanted]();
  batch(() => {
    shown.value = words;
    language.value = wanted;
  });
}

export async function switchLanguage(): Promise<void> {
  await showLanguage(language.value === 'ko' ? 'en' : 'ko');
  keepLanguage();
}

/** A code of the server may be newer than the page. Read in a render, as `t()`. */
export function hasWord(word: string): word is Word {
  return shown.value !== null && word in shown.value;
}

/** The words in the language of the page. Read in a render: the component follows a change of language. */
export function t(word: Word, values: Readonly<Record<string, string | number>> = {}): string {
  const text = shown.value?.[word] ?? word;
  return text.replaceAll(/\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g, (_, name: string, one, other) => {
    const value = values[name] ?? '';
    if (one !== undefined) return String(Number(value) === 1 ? one : other);
    return typeof value === 'number' ? value.toLocaleString('en-US') : value;
  });
}
