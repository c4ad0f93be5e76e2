import { language } from '../preferences.ts';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;
const DAY_MS = 86_400_000;

/**
 * In UTC, of an ISO time or of a day, which begins and ends where the reader is, as the page shows times. Null: it is neither.
 * `isEnd`: a day is its end.
 */
export function momentOf(given: string, isEnd = false): string | null {
  // In an address a plus sign is a space.
  const text = given.trim().replace(' ', '+');
  const isDay = /^\d{4}-\d\d-\d\d$/.test(text);
  if (!isDay && !TIME.test(text)) return null;
  const [year, month, day] = text.slice(0, 10).split('-').map(Number) as [number, number, number];
  // `Date` takes the 30th of February for the 2nd of March.
  const date = new Date(Date.UTC(year, month - 1, day));
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  const ms = !isDay
    ? Date.parse(text)
    : language.value === 'ko'
      ? Date.parse(`${text}T00:00:00+09:00`) + (isEnd ? DAY_MS : 0)
      : new Date(year, month - 1, isEnd ? day + 1 : day).getTime();
  return Number.isNaN(ms) ? null : new Date(ms).toISOString();
}
