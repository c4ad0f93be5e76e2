import { Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import type { JourneySummary } from '../api.ts';
import { FRAME_EVERY_MS, JOURNEY_ROWS_READ_MAX } from '../limits.ts';
import { ScoreboardService } from '../scoreboard/scoreboard.service.ts';
import { LedgerSource } from '../sources/ledger-source.ts';
import type { LedgerRow } from '../sources/ledger-source.ts';
import { SeenAttempts } from './seen-attempts.ts';
import { summarize } from './summarize.ts';

/** The newest journeys, read once a second while a tab shows them. */
@Injectable()
export class LatestJourneys implements OnApplicationShutdown {
  readonly #scoreboard: ScoreboardService;
  readonly #ledger: LedgerSource;
  readonly #seen: SeenAttempts;
  #timer: NodeJS.Timeout | undefined;
  #finished: ReadonlySet<string> = new Set();
  /** A journey that has not changed is the same object as before. */
  journeys: readonly JourneySummary[] = [];

  constructor(scoreboard: ScoreboardService, ledger: LedgerSource, seen: SeenAttempts) {
    this.#scoreboard = scoreboard;
    this.#ledger = ledger;
    this.#seen = seen;
  }

  start(): void {
    clearInterval(this.#timer);
    this.#timer = setInterval(() => void this.refresh(), FRAME_EVERY_MS);
    void this.refresh();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  onApplicationShutdown(): void {
    this.stop();
  }

  async refresh(): Promise<void> {
    const rows = this.#scoreboard.newest;
    const hasOpen = rows.length !== this.journeys.length || rows.some(({ eventId }) => !this.#finished.has(eventId));
    if (!hasOpen && this.#scoreboard.latest.wrong === 0) return;
    // A source that is unavailable shows at the scoreboard; the rows stay.
    const mails = await this.#mailsOf(rows.map(({ eventId }) => eventId)).catch(() => undefined);
    if (mails === undefined) return;
    const byEvent = new Map(mails.map((mail) => [mail.eventId, mail]));
    const { events } = this.#scoreboard.latest;
    const journeys = rows.flatMap((row) => {
      const traceId = row.traceId ?? this.#seen.traceOf(row.eventId) ?? null;
      return (
        summarize({
          eventId: row.eventId,
          row,
          answer: this.#seen.answerOf(traceId),
          attempts: this.#seen.of(row.eventId),
          inbox: [],
          parked: [],
          letters: [],
          seenPlace: this.#scoreboard.census.placeOf(row.eventId),
          mail: byEvent.get(row.eventId),
          caused: [],
          isMissing: events.some(({ eventId }) => eventId === row.eventId),
          owesMail: true,
          traceId,
          problems: [],
        }) ?? []
      );
    });
    this.#finished = new Set(mails.filter(({ status }) => status === 'accepted').map(({ eventId }) => eventId));
    const before = new Map(this.journeys.map((one) => [contentOf(one), one]));
    const next = journeys.map((one) => before.get(contentOf(one)) ?? one);
    if (next.length === this.journeys.length && next.every((one, index) => one === this.journeys[index])) return;
    this.journeys = next;
  }

  async #mailsOf(eventIds: readonly string[]): Promise<readonly LedgerRow[]> {
    return eventIds.length === 0 ? [] : this.#ledger.read({ eventIds, limit: JOURNEY_ROWS_READ_MAX });
  }
}

/** Without the durations that grow by themselves. */
function contentOf(journey: JourneySummary): string {
  return JSON.stringify(journey.state === 'mailed' ? journey : { ...journey, totalMs: 0, stages: [] });
}
