import type { EventHeaders } from '../envelope/decode-record.ts';
import { MessagingError } from '../errors.ts';

/**
 * In this process an event is handled once at a time, where no transaction makes a second delivery wait: it may come under
 * another key, or its partition was taken away and given back meanwhile.
 *
 * Without that, the second would find a claim of this process that is not confirmed, and take it for one of unknown outcome.
 */
export class EventsInProgress {
  readonly #events = new Set<string>();

  /** @throws CLAIM_HELD_ELSEWHERE when the event is being handled now */
  async run<Result>({ name, id }: EventHeaders, work: () => Promise<Result>): Promise<Result> {
    const event = `${name} ${id}`;
    if (this.#events.has(event)) {
      throw new MessagingError('CLAIM_HELD_ELSEWHERE', 'this process is already handling the same event');
    }
    this.#events.add(event);
    try {
      return await work();
    } finally {
      this.#events.delete(event);
    }
  }
}
