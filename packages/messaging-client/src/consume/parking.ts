import { backoffMs } from '../backoff.ts';
import { DATABASE_RETRY_MS } from '../limits.ts';
import type { MessageEvents } from '../observe/message-events.ts';
import type { ParkedRecords } from '../parking/parked-records.ts';
import type { Delivery } from './delivery.ts';
import { PARKED, retryIn } from './outcome.ts';
import type { Outcome } from './outcome.ts';
import { identify } from './identify.ts';

/** Puts records aside in the database, or keeps them in their lanes while that is unavailable. */
export class Parking {
  readonly #records: ParkedRecords;
  readonly #events: MessageEvents;

  constructor(records: ParkedRecords, events: MessageEvents) {
    this.#records = records;
    this.#events = events;
  }

  /** Until its next attempt, which is due in so long. */
  async until(delivery: Delivery, dueInMs: number, error: Error): Promise<Outcome> {
    const { attempts, failures, history, headers, parked, milliseconds } = delivery;
    const failed = { attempts, failures, dueInMs, error, history };
    try {
      if (parked === undefined) await this.#records.park(delivery, headers, failed);
      else await this.#records.tryLater(parked, failed);
    } catch {
      return this.retry(delivery, backoffMs(attempts, DATABASE_RETRY_MS), error);
    }
    this.#events.emit('record.parked', { ...delivery.place, attempt: attempts, milliseconds, dueInMs, error });
    return keyIsParked(delivery);
  }

  /** Behind an earlier record of its key, without an attempt of its own. */
  async behind(delivery: Delivery): Promise<Outcome> {
    try {
      identify(delivery);
      await this.#records.park(delivery, delivery.headers);
    } catch (error) {
      return this.retry(delivery, backoffMs(delivery.attempts, DATABASE_RETRY_MS), error as Error);
    }
    const notAttempted = { attempt: 0, milliseconds: undefined, dueInMs: undefined, error: undefined };
    this.#events.emit('record.parked', { ...delivery.place, ...notAttempted });
    return keyIsParked(delivery);
  }

  /** At the head of its lane, in memory. */
  retry(delivery: Delivery, retryInMs: number, error: Error): Outcome {
    const { place, attempts: attempt, milliseconds } = delivery;
    this.#events.emit('record.retry', { ...place, attempt, milliseconds, retryInMs, error });
    return retryIn(retryInMs);
  }
}

/** Later records of the key wait behind it from now on. */
function keyIsParked({ held, message }: Delivery): Outcome {
  held.park(message.key);
  return PARKED;
}
