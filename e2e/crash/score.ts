import { some } from './some.ts';
import type { TextScore } from './texts.ts';
import type { Promised } from './traffic.ts';

/** Which mail an event makes. */
export const TEMPLATES: Readonly<Record<string, string>> = {
  'member.signed-up': 'welcome',
  'order.completed': 'order',
  'email.requested': 'requested',
};

export interface Score {
  /** Events that were committed, which includes everything that was answered. */
  readonly accepted: number;
  readonly mailed: number;
  readonly parked: number;
  readonly dead: number;
  /** Mails that the ledger marks as possibly sent twice. */
  readonly ambiguous: number;
  /** Mails that were sent twice without a ledger entry. */
  readonly duplicates: number;
  /** Mails of one key of which a later one came first. */
  readonly disorder: number;
  /** Undefined where no customer has left a phone number. */
  readonly texts: TextScore | undefined;
  /** Violations, as sentences. */
  readonly problems: readonly string[];
}

/** A row of an outbox. */
export interface Event {
  readonly id: string;
  readonly seq: number;
  readonly type: string;
  readonly key: string;
}

/** What mail-service knows, by mail or by event id. */
export interface Ledger {
  readonly mails: ReadonlyMap<string, { readonly status: string; readonly ambiguous: boolean }>;
  readonly parked: ReadonlySet<string>;
  readonly dead: ReadonlySet<string>;
}

export interface Evidence {
  readonly events: readonly Event[];
  readonly ledger: Ledger;
  /** When each mail arrived, every copy of it, counted in mails. */
  readonly arrivals: ReadonlyMap<string, readonly number[]>;
  readonly promised: readonly Promised[];
  /** What is there in one place and not in another, as sentences. */
  readonly halves: readonly string[];
  readonly texts?: TextScore | undefined;
}

export function scoreOf({ events, ledger, arrivals, promised, halves, texts }: Evidence): Score {
  const mailed = events.filter((event) => arrivals.has(mailOf(event)));
  const notMailed = events.filter((event) => !arrivals.has(mailOf(event)));
  const parked = notMailed.filter(({ id }) => ledger.parked.has(id));
  const dead = notMailed.filter(({ id }) => ledger.dead.has(id) && !ledger.parked.has(id));
  const lost = notMailed.filter(({ id }) => !ledger.parked.has(id) && !ledger.dead.has(id));
  const isAmbiguous = (event: Event): boolean => ledger.mails.get(mailOf(event))?.ambiguous === true;
  const twice = mailed.filter((event) => arrivals.get(mailOf(event))!.length > 1 && !isAmbiguous(event));
  const unordered = disorderOf(events, arrivals);
  const committed = new Set(events.flatMap(({ type, id, key }) => [`${type} ${id}`, `${type} ${key}`]));
  return {
    accepted: events.length,
    mailed: mailed.length,
    parked: parked.length,
    dead: dead.length,
    ambiguous: events.filter(isAmbiguous).length,
    duplicates: twice.length,
    disorder: unordered.length,
    texts,
    problems: [
      ...some('accepted and lost', lost.map(mailOf)),
      ...some('mailed twice and not ambiguous', twice.map(mailOf)),
      ...some('mailed out of order', unordered),
      ...some(
        'answered and not committed',
        promised.filter((promise) => !committed.has(promise)),
      ),
      ...halves,
      ...(texts?.problems ?? []),
    ],
  };
}

/** As the Message-ID has it, before the @. */
export function mailOf({ id, type }: Event): string {
  return `${id}.${TEMPLATES[type]}`;
}

/** Mails of which some copy came after a mail that was requested later, on the same key. */
function disorderOf(events: readonly Event[], arrivals: Evidence['arrivals']): string[] {
  const byKey = Object.values(Object.groupBy(events, ({ type, key }) => `${type} ${key}`));
  return byKey.flatMap((lane = []) => {
    let earliestLater = Infinity;
    const late: string[] = [];
    for (const event of lane.toSorted((a, b) => b.seq - a.seq)) {
      const at = arrivals.get(mailOf(event)) ?? [];
      if (Math.max(...at, -Infinity) > earliestLater) late.push(mailOf(event));
      earliestLater = Math.min(earliestLater, ...at);
    }
    return late;
  });
}
