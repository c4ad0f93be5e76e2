import type { LetterFilter } from '../../../src/api.ts';
import type { Selection } from '../../acts/selection.ts';
import { momentOf } from '../../format/moment.ts';

export const AGES = { '1h': 3_600_000, '24h': 86_400_000, '7d': 604_800_000 } as const;

export interface LetterSelection extends Selection<LetterFilter> {
  /** Another value, for one letter. */
  readonly edit?: string;
}

const CONDITIONS = ['service', 'group', 'event', 'reason', 'error', 'from', 'to', 'ids'] as const;
export type Condition = (typeof CONDITIONS)[number];

/** Those that each list can tell of its rows. */
export const CONDITIONS_OF = {
  parked: ['service', 'group', 'event', 'error', 'from', 'to'],
  dead: CONDITIONS,
  resolved: CONDITIONS,
  audit: ['service', 'from', 'to'],
} as const satisfies Readonly<Record<string, readonly Condition[]>>;

/** As the address has them; empty: every one. `from` and `to` are moments in UTC, `ids` are comma separated. */
export type Conditions = Readonly<Record<Condition, string>>;

/** Of an address that would show, and act on, other rows than it says. */
export interface WrongCondition {
  readonly name: string;
  readonly value: string;
  readonly kind: 'unknown' | 'repeated' | 'not-a-time';
}

export function conditionsOf(query: URLSearchParams): Conditions {
  const of = (name: Condition): string => query.get(name) ?? '';
  return {
    ...(Object.fromEntries(CONDITIONS.map((name) => [name, of(name)])) as Record<Condition, string>),
    from: momentOf(of('from')) ?? '',
    to: momentOf(of('to'), true) ?? '',
  };
}

/** The first that is wrong; null: `conditionsOf()` are those of the address. */
export function wrongCondition(query: URLSearchParams, known: readonly Condition[]): WrongCondition | null {
  for (const [name, value] of query) {
    if (!known.some((one) => one === name)) return { name, value, kind: 'unknown' };
    if (query.getAll(name).length > 1) return { name, value, kind: 'repeated' };
    const isTime = name === 'from' || name === 'to';
    if (isTime && value !== '' && momentOf(value) === null) return { name, value, kind: 'not-a-time' };
  }
  return null;
}

/** A row of one of the lists; it has what `CONDITIONS_OF` its list names. */
export interface Matched {
  readonly service: string;
  readonly id?: string;
  readonly group?: string;
  readonly event?: string | null;
  readonly reason?: string;
  readonly error?: string | null;
}

/** The same dead letters as the service finds by `filterOf()`. */
export function matching<Row extends Matched>(
  rows: readonly Row[],
  { service, group, event, reason, error, from, to, ids }: Conditions,
  timeOf: (row: Row) => string,
): readonly Row[] {
  const text = error.toLowerCase();
  const wanted = new Set(ids.split(','));
  return rows.filter(
    (row) =>
      (service === '' || row.service === service) &&
      (ids === '' || wanted.has(row.id ?? '')) &&
      (group === '' || row.group === group) &&
      (event === '' || row.event === event) &&
      (reason === '' || row.reason === reason) &&
      (from === '' || timeOf(row) >= from) &&
      (to === '' || timeOf(row) < to) &&
      (text === '' || (row.error ?? '').toLowerCase().includes(text)),
  );
}

/** For an act on all that match; null: the act has to name the letters, because a service acts on none without a condition. */
export function filterOf({ group, event, reason, error, from, to, ids }: Conditions): LetterFilter | null {
  if (ids !== '') return null;
  const given = { group, event, reason, error, from, before: to };
  const filter = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''));
  return Object.keys(filter).length === 0 ? null : filter;
}

/** The last hour or days as the address has them: fixed, so that a link shows the same rows tomorrow. */
export function spanOf(age: keyof typeof AGES, now: number): { from: string; to: string } {
  return { from: new Date(now - AGES[age]).toISOString(), to: new Date(now).toISOString() };
}
