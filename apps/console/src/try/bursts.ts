import { Injectable } from '@nestjs/common';
import type { TryResult } from '../api.ts';
import { MAIL_GROUP } from '../scoreboard/owed-mails.ts';
import { EventFeed } from '../sources/event-feed.ts';
import type { ServiceEvent } from '../sources/event-feed.ts';

export type Burst = { -readonly [Field in keyof Pick<TryResult, 'mailed' | 'parked' | 'dead'>]: number };

const OUTCOMES: Readonly<Record<string, keyof Burst>> = {
  'record.handled': 'mailed',
  'record.parked': 'parked',
  'record.dead': 'dead',
};

interface Followed {
  readonly burst: Burst;
  outcome: keyof Burst | undefined;
}

/** Counts what became of the mails of bursts, as mail-service reports it: each in the place where it was seen last. */
@Injectable()
export class Bursts {
  /** By trace, until the mail is sent. */
  readonly #followed = new Map<string, Followed>();
  /** Outcomes that were reported before the answer that names their trace was read. */
  readonly #early = new Map<string, keyof Burst>();
  #sending = 0;

  constructor(feed: EventFeed) {
    feed.on('events', (service, events) => {
      if (service !== MAIL_GROUP || this.#followed.size + this.#sending === 0) return;
      for (const event of events) this.#take(event);
    });
  }

  /** Runs what sends the requests of a burst; `answered` is to be called with the trace of each that was accepted. */
  async send(burst: Burst, run: (answered: (traceId: string) => void) => Promise<void>): Promise<void> {
    this.#sending += 1;
    try {
      await run((traceId) => {
        const followed: Followed = { burst, outcome: undefined };
        this.#followed.set(traceId, followed);
        const early = this.#early.get(traceId);
        if (early !== undefined) this.#move(traceId, followed, early);
      });
    } finally {
      this.#sending -= 1;
      if (this.#sending === 0) this.#early.clear();
    }
  }

  forget(burst: Burst): void {
    for (const [traceId, followed] of this.#followed) if (followed.burst === burst) this.#followed.delete(traceId);
  }

  #take({ name, repeated, traceId }: ServiceEvent): void {
    const outcome = OUTCOMES[name];
    if (outcome === undefined || repeated === true || typeof traceId !== 'string') return;
    const followed = this.#followed.get(traceId);
    if (followed !== undefined) this.#move(traceId, followed, outcome);
    else if (this.#sending > 0) this.#early.set(traceId, outcome);
  }

  #move(traceId: string, followed: Followed, outcome: keyof Burst): void {
    if (followed.outcome !== undefined) followed.burst[followed.outcome] -= 1;
    followed.burst[outcome] += 1;
    followed.outcome = outcome;
    if (outcome === 'mailed') this.#followed.delete(traceId);
  }
}
