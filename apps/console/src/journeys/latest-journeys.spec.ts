import { expect, it } from 'vitest';
import type { ScoreboardService } from '../scoreboard/scoreboard.service.ts';
import type { LedgerQuery, LedgerRow, LedgerSource } from '../sources/ledger-source.ts';
import type { OutboxRow } from './journey-facts.ts';
import { LatestJourneys } from './latest-journeys.ts';
import type { SeenAttempts } from './seen-attempts.ts';

const AT = '2026-11-21T00:12:02.000Z';
const ACCEPTED_AT = '2026-11-21T00:12:03.000Z';

const rows = ['lee', 'kim'].map((eventId) => ({ eventId, createdAt: AT, publishedAt: AT }) as OutboxRow);
/** Of a burst: the mails of other events are newer. */
const mails = ['burst 1', 'burst 2', 'lee', 'kim'].map(
  (eventId) => ({ eventId, status: 'accepted', ambiguous: false, createdAt: AT, acceptedAt: ACCEPTED_AT }) as LedgerRow,
);

it('each of the newest journeys has its own mail, however many others were sent after it', async () => {
  const asked: LedgerQuery[] = [];
  const ledger = {
    read: async (query: LedgerQuery) => {
      asked.push(query);
      return mails.filter(({ eventId }) => query.eventIds?.includes(eventId) ?? true).slice(0, 2);
    },
  };
  const scoreboard = { newest: rows, latest: { events: [], wrong: 0 }, census: { placeOf: () => 'mailed' } };
  const seen = { answerOf: () => undefined, traceOf: () => undefined, of: () => [] };
  const latest = new LatestJourneys(
    scoreboard as unknown as ScoreboardService,
    ledger as unknown as LedgerSource,
    seen as unknown as SeenAttempts,
  );
  await latest.refresh();
  expect(latest.journeys).toMatchObject(rows.map(({ eventId }) => ({ eventId, state: 'mailed', totalMs: 1_000 })));
  // All are finished: nothing is left to ask.
  await latest.refresh();
  expect(asked).toHaveLength(1);
});
