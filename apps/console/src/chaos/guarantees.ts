import type { Guarantee, Scoreboard } from '../api.ts';

export interface Waiting {
  readonly waiting: number;
  readonly oldestSeconds: number;
}

/** What holds by the figures of this moment. `waiting`: of all outboxes; null when one of them is not known. */
export function guaranteesOf(scoreboard: Scoreboard, waiting: Waiting | null): Guarantee[] {
  const { verdict, accepted, mailed, inFlight, parked, dead, events, wrong } = scoreboard;
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
    // What is waiting is committed and not lost: it is published when the broker is back.
    { id: 'committed-published', holds: waiting === null ? null : verdict !== 'missing', figures: waiting, events: [] },
  ];
}
