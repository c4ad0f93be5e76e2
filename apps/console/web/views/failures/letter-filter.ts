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
  /** Comma separated. */
  readonly ids: string;
}

export function conditionsOf(query: URLSearchParams): Conditions {
  const of = (name: string): string => query.get(name) ?? '';
  return {
    service: of('service'),
    event: of('event'),
    reason: of('reason'),
    age: of('age'),
    error: of('error'),
    ids: of('ids'),
  };
}

/** The same rows as the service finds by `filterOf()`. */
export function matching(
  rows: readonly DeadLetterRow[],
  { service, event, reason, age, error, ids }: Conditions,
  now: number,
) {
  const from = fromOf(age, now);
  const text = error.toLowerCase();
  const wanted = new Set(ids.split(','));
  return rows.filter(
    (row) =>
      (service === '' || row.service === service) &&
      (ids === '' || wanted.has(row.id)) &&
      (event === '' || row.event === event) &&
      (reason === '' || row.reason === reason) &&
      (from === '' || row.createdAt >= from) &&
      (text === '' || row.error.toLowerCase().includes(text)),
  );
}

/** For an act on all that match; null: the act has to name the letters, because a service acts on none without a condition. */
export function filterOf({ event, reason, age, error, ids }: Conditions, now: number): LetterFilter | null {
  if (ids !== '') return null;
  const given = { event, reason, error, from: fromOf(age, now) };
  const filter = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''));
  return Object.keys(filter).length === 0 ? null : filter;
}

function fromOf(age: string, now: number): string {
  const ms = (AGES as Readonly<Record<string, number>>)[age];
  return ms === undefined ? '' : new Date(now - ms).toISOString();
}
