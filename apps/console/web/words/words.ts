import { language } from '../preferences.ts';
import { en } from './en.ts';
import type { Word, Words } from './en.ts';
import { ko } from './ko.ts';

const WORDS: Readonly<Record<'en' | 'ko', Words>> = { en, ko };

/** The words in the language of the page. Read in a render: the component follows a change of language. */
export function t(word: Word, values: Readonly<Record<string, string | number>> = {}): string {
  return WORDS[language.value][word].replaceAll(/\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g, (_, name: string, one, other) => {
    const value = values[name] ?? '';
    if (one !== undefined) return String(Number(value) === 1 ? one : other);
    return typeof value === 'number' ? value.toLocaleString('en-US') : value;
  });
}
