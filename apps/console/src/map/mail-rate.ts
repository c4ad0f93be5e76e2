import { Injectable } from '@nestjs/common';
import type { LiveMap } from '../api.ts';
import { DURATIONS_KEPT_MAX, RATE_SECONDS } from '../limits.ts';
import { MAIL_GROUP, owesMail } from '../scoreboard/owed-mails.ts';
import { EventFeed, groupOf } from '../sources/event-feed.ts';

/** How fast mails go out, by what mail-service reports of each record that it has handled. */
@Injectable()
export class MailRate {
  readonly #recent: Array<{ readonly at: number; readonly ms: number }> = [];

  constructor(feed: EventFeed) {
    feed.on('events', (service, events) => {
      if (service !== MAIL_GROUP) return;
      for (const one of events) {
        const { name, event, repeated, milliseconds } = one;
        if (groupOf(service, one) !== MAIL_GROUP) continue;
        if (name !== 'record.handled' || repeated === true || typeof event !== 'string' || !owesMail(event)) continue;
        this.#recent.push({ at: performance.now(), ms: Number(milliseconds) });
      }
      if (this.#recent.length > DURATIONS_KEPT_MAX) this.#recent.splice(0, this.#recent.length - DURATIONS_KEPT_MAX);
    });
  }

  read(): Pick<LiveMap['mail'], 'perSecond' | 'p50Ms' | 'p99Ms'> {
    const since = performance.now() - RATE_SECONDS * 1_000;
    const durations = this.#recent.map(({ ms }) => ms).sort((one, other) => one - other);
    const at = (share: number): number | null => durations[Math.floor(share * (durations.length - 1))] ?? null;
    return {
      perSecond: this.#recent.filter((one) => one.at >= since).length / RATE_SECONDS,
      p50Ms: at(0.5),
      p99Ms: at(0.99),
    };
  }
}
