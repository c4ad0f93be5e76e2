import type { MessageEvents } from '@event-bus/messaging-client';
import { ADMIN_REPEATS_KEPT_MAX } from '../limits.ts';
import type { InboxAnswer } from './answers.ts';

/** Records that this instance skipped because they had been handled: how many since its start, and the newest. */
export class RecentRepeats {
  readonly #since = new Date().toISOString();
  readonly #newest: InboxAnswer['repeats']['newest'] = [];
  #records = 0;

  constructor(events: MessageEvents) {
    events.on('record.repeated', ({ topic, partition, offset, event, eventId }) => {
      this.#records += 1;
      const at = new Date().toISOString();
      this.#newest.unshift({ at, topic, partition, offset, event: event ?? null, eventId: eventId ?? null });
      if (this.#newest.length > ADMIN_REPEATS_KEPT_MAX) this.#newest.pop();
    });
  }

  read(): InboxAnswer['repeats'] {
    return { records: this.#records, since: this.#since, newest: [...this.#newest] };
  }
}
