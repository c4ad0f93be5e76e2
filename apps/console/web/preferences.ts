import { effect, signal } from '@preact/signals';

export type Language = 'en' | 'ko';
type Theme = 'light' | 'dark';

const firstLanguage = (): Language => (navigator.language.startsWith('ko') ? 'ko' : 'en');

export const language = signal<Language>(oneOf(read('language'), ['en', 'ko']) ?? firstLanguage());
/** Null: as the browser prefers, which the style sheet follows by itself. */
const theme = signal<Theme | null>(oneOf<Theme>(read('theme'), ['light', 'dark']) ?? null);
export const hasSingleKeys = signal(read('single-keys') !== 'off');
/** The operator who acts: entered at the first act, written into the audit. */
export const operator = signal(read('operator') ?? '');

/** Writes the preferences to the page and keeps them for the next visit. */
export function keepPreferences(): void {
  effect(() => {
    document.documentElement.lang = language.value;
    if (theme.value !== null) document.documentElement.dataset['theme'] = theme.value;
  });
  effect(() => write('operator', operator.value));
  effect(() => write('single-keys', hasSingleKeys.value ? 'on' : 'off'));
}

export function keepLanguage(): void {
  write('language', language.value);
}

export function switchTheme(): void {
  const shown = theme.value ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
  theme.value = shown === 'dark' ? 'light' : 'dark';
  write('theme', theme.value);
}

function oneOf<Value extends string>(value: string | null, allowed: readonly Value[]): Value | undefined {
  return allowed.find((each) => each === value);
}

// A browser may refuse storage: the preference then lasts as long as the page.
function read(name: string): string | null {
  try {
    return localStorage.getItem(`console.${name}`);
  } catch {
    return null;
  }
}

function write(name: string, value: string): void {
  try {
    localStorage.setItem(`console.${name}`, value);
  } catch {}
}
