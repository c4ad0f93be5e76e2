import { language } from '../preferences.ts';
import { t } from '../words/words.ts';

/** What is not known. */
export const UNKNOWN = '–';

// Made once: `toLocaleString` would look for one at every call.
const thousands = new Intl.NumberFormat('en-US');

/** With thousands separators. Offsets and other 64-bit numbers come as text and stay exact. */
export function count(value: number | string | null | undefined): string {
  if (value === null || value === undefined) return UNKNOWN;
  return typeof value === 'number' ? thousands.format(value) : value.replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

// In Korean the symbol `ms` stays, as engineers write it; from a second on the unit is a Korean word, so that no column mixes
// `s` with Korean minutes. Rates keep `/s`.

/** `41 ms`, `8.98 s`, `1 min 28 s`, `2 h 5 min`: attempts some seconds apart are told apart. */
export function duration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return UNKNOWN;
  if (Math.round(ms) < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return t('time.seconds', { n: (ms / 1_000).toFixed(ms < 10_000 ? 2 : 1) });
  const seconds = Math.floor(ms / 1_000);
  if (seconds >= DAY) return age(seconds);
  const [whole, rest] = seconds < HOUR ? [MINUTE, 1] : [HOUR, MINUTE];
  return [age(seconds - (seconds % whole)), seconds % whole < rest ? '' : age(seconds % whole)].join(' ').trim();
}

/** Under an axis, where there is little room: from a minute on `1:28`, `2:05:00`. */
export function axisTime(ms: number): string {
  if (ms < MINUTE * 1_000) return duration(ms);
  const seconds = Math.floor(ms / 1_000);
  const parts = [Math.floor(seconds / HOUR), Math.floor((seconds % HOUR) / MINUTE), seconds % MINUTE];
  return (seconds < HOUR ? parts.slice(1) : parts)
    .map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, '0')))
    .join(':');
}

/** In one unit, whole: `4 s`, `14 min`, `2 h`. */
export function age(seconds: number): string {
  const whole = Math.max(0, seconds);
  if (whole < MINUTE) return t('time.seconds', { n: Math.floor(whole) });
  if (whole < HOUR) return t('time.minutes', { n: Math.floor(whole / MINUTE) });
  if (whole < 2 * DAY) return t('time.hours', { n: Math.floor(whole / HOUR) });
  return t('time.days', { n: Math.floor(whole / DAY) });
}

/** Lag in time: `0.1 s` below ten seconds. */
export function lagTime(seconds: number | null): string {
  if (seconds === null) return UNKNOWN;
  return seconds > 0 && seconds < 10 ? t('time.seconds', { n: seconds.toFixed(1) }) : age(seconds);
}

export function perSecond(rate: number | null): string {
  if (rate === null) return UNKNOWN;
  // `0.0` would read as none.
  if (rate > 0 && rate < 0.05) return '< 0.1';
  return rate === 0 ? '0' : rate < 100 ? rate.toFixed(1) : count(Math.round(rate));
}

export function bytes(size: number): string {
  if (size < 1_000) return `${size} B`;
  if (size < 1_000_000) return `${(size / 1_000).toFixed(1)} kB`;
  return `${(size / 1_000_000).toFixed(1)} MB`;
}

/** `250` or `ECONNREFUSED` of an answer or an error; null if it has no code. Numbers within a sentence are none. */
export function codeOf(answer: string | null): string | null {
  return /(?<=^|: |\()[245]\d\d\b(?: OK)?|\bE[A-Z]{4,}/.exec(answer ?? '')?.[0] ?? null;
}

/** `09:12:41`, or with milliseconds `09:12:41.204`. */
export function clock(iso: string, withMs = false): string {
  return formats().clock.format(new Date(iso)) + (withMs ? `.${iso.slice(20, 23).padEnd(3, '0')}` : '');
}

/** Date, time and zone, for a title. */
export function exact(iso: string): string {
  return formats().exact.format(new Date(iso));
}

/** `2026-11-21 09:12`, as it may be written into an address but for the zone. */
export function dayAndTime(iso: string): string {
  return formats().dayAndTime.format(new Date(iso));
}

// Making one costs more than using it a hundred times.
const made = new Map<string, Readonly<Record<'clock' | 'exact' | 'dayAndTime', Intl.DateTimeFormat>>>();

function formats() {
  const lang = language.value;
  let formats = made.get(lang);
  if (formats === undefined) {
    const zone = lang === 'ko' ? { timeZone: 'Asia/Seoul' } : {};
    const locale = lang === 'ko' ? 'ko-KR' : 'en-GB';
    formats = {
      clock: new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit', ...zone }),
      exact: new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'long', ...zone }),
      dayAndTime: new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'short', ...zone }),
    };
    made.set(lang, formats);
  }
  return formats;
}
