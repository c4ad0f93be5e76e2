import { batch, signal } from '@preact/signals';
import { keepLanguage, language } from '../preferences.ts';
import type { Language } from '../preferences.ts';
import type { FirstWords, ViewWords, Word, Words } from './en.ts';

interface Load {
  readonly first: () => Promise<FirstWords>;
  readonly views: () => Promise<ViewWords>;
}

// Only the words of the page's language are loaded.
const LOAD: Readonly<Record<Language, Load>> = {
  en: {
    first: async () => (await import('./en-first.ts')).enFirst,
    views: async () => (await import('./en-views.ts')).enViews,
  },
  ko: {
    first: async () => (await import('./ko-first.ts')).koFirst,
    views: async () => (await import('./ko-views.ts')).koViews,
  },
};

const shown = signal<Partial<Words> | null>(null);
let areViewsShown = false;

/** Shows the page in this language; rejects, and changes nothing, if its words cannot be loaded. */
export async function showLanguage(wanted: Language): Promise<void> {
  const { first, views } = LOAD[wanted];
  const [words] = await Promise.all([first(), areViewsShown && views()]);
  // A view may have been visited meanwhile.
  const more = areViewsShown ? await views() : {};
  batch(() => {
    shown.value = { ...words, ...more };
    language.value = wanted;
  });
}

/** The words of the views other than the live map, which come with the first visit to one of them. */
export async function loadViewWords(): Promise<void> {
  areViewsShown = true;
  const wanted = language.value;
  const words = await LOAD[wanted].views();
  if (shown.value !== null && language.value === wanted) shown.value = { ...shown.value, ...words };
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
