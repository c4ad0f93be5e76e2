import type { Guarantee, Scoreboard } from '../api.ts';
import { GUARANTEE_EVENTS_MAX } from '../limits.ts';
import type { DuplicatesSeen } from './duplicate-mails.ts';
import type { OrderSeen } from './order-per-key.ts';

export interface Waiting {
  readonly waiting: number;
  readonly oldestSeconds: number;
}

export interface Counted {
  readonly scoreboard: Scoreboard;
  /** Of all outboxes; null when one of them is not known. */
  readonly waiting: Waiting | null;
  /** Events whose rows are in no outbox any more. */
  readonly lost: readonly string[];
  readonly duplicates: DuplicatesSeen | undefined;
  readonly order: OrderSeen | undefined;
}

/** What holds by the figures of this moment. */
export function guaranteesOf({ scoreboard, waiting, lost, duplicates, order }: Counted): Guarantee[] {
  const { verdict, accepted, mailed, inFlight, parked, dead, ambiguous, events, wrong } = scoreboard;
  const mails =
    duplicates === undefined || ambiguous === null ? null : { duplicates: duplicates.duplicates, ambiguous };
  const isKnown = verdict !== 'unknown';
  const ids = events.map(({ eventId }) => eventId);
  const terms = [mailed, inFlight, parked, dead];
  const found = terms.every((term) => term !== null) ? terms.reduce((sum, term) => sum + term, 0) : null;
  return [
    {
      id: 'equation',
      holds: isKnown ? accepted === found : null,
      figures: isKnown && accepted !== null && found !== null ? { accepted, found } : null,
      events: verdict === 'missing' ? ids : [],
    },
    {
      id: 'one-place',
      holds: isKnown ? verdict === 'balanced' : null,
      figures: isKnown
        ? { missing: verdict === 'missing' ? wrong : 0, double: verdict === 'double' ? wrong : 0 }
        : null,
      events: ids,
    },
    {
      id: 'duplicates-ambiguous',
      holds: mails === null ? null : duplicates?.unexplained.length === 0,
      figures: mails,
      events: mails === null ? [] : (duplicates?.unexplained.slice(0, GUARANTEE_EVENTS_MAX) ?? []),
    },
    {
      id: 'order-per-key',
      holds: order === undefined ? null : order.overtaken.length === 0,
      figures: order === undefined ? null : { overtaken: order.overtaken.length, records: order.records },
      events: order?.overtaken ?? [],
    },
    // What is waiting is committed and not lost: it is published when the broker is back. What is missing has been published.
    {
      id: 'committed-published',
      holds: waiting !== null ? lost.length === 0 : null,
      figures: waiting !== null ? { ...waiting, lost: lost.length } : null,
      events: waiting !== null ? lost.slice(0, GUARANTEE_EVENTS_MAX) : [],
    },
  ];
}
