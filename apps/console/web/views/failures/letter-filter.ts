import type { DeadLetterRow, LetterFilter } from '../../../src/api.ts';
import type { Selection } from '../../acts/selection.ts';

export const AGES = { '1h': 3_600_000, '24h': 86_400_000, '7d': 604_800_000 } as const;

export interface LetterSelection extends Selection<LetterFilter> {
  /** Another value, for one letter. */
  readonly edit?: string;
}

/** As the address has them; empty: every one. */
export interface Conditions {
  readonly service: string;
  readonly event: string;
  readonly reason: string;
  readonly age: string;
  readonly error: string;
}

export function conditionsOf(query: URLSearchParams): Conditions {
  const of = (name: string): string => query.get(name) ?? '';
  return { service: of('service'), event: of('event'), reason: of('reason'), age: of('age'), error: of('error') };
}

/** The same rows as the service finds by `filterOf()`. */
export function matching(
  rows: readonly DeadLetterRow[],
  { service, event, reason, age, error }: Conditions,
  now: number,
) {
  const from = fromOf(age, now);
  const text = error.toLowerCase();
  return rows.filter(
    (row) =>
      (service === '' || row.service === service) &&
      (event === '' || row.event === event) &&
      (reason === '' || row.reason === reason) &&
      (from === '' || row.createdAt >= from) &&
      (text === '' || row.error.toLowerCase().includes(text)),
  );
}

/** For an act on all that match; null: no condition is given, and the service acts on none without one. */
export function filterOf({ event, reason, age, error }: Conditions, now: number): LetterFilter | null {
  const given = { event, reason, error, from: fromOf(age, now) };
  const filter = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''));
  return Object.keys(filter).length === 0 ? null : filter;
}

function fromOf(age: string, now: number): string {
  const ms = (AGES as Readonly<Record<string, number>>)[age];
  return ms === undefined ? '' : new Date(now - ms).toISOString();
}
