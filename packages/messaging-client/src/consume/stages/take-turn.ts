import { backoffMs } from '../../backoff.ts';
import { DATABASE_RETRY_MS } from '../../limits.ts';
import type { ParkedRecords } from '../../parking/parked-records.ts';
import type { Delivery } from '../delivery.ts';
import { retryIn, REVOKED } from '../outcome.ts';
import type { Outcome } from '../outcome.ts';
import type { Parking } from '../parking.ts';
import type { Next, Stage } from '../stage.ts';

/**
 * A fetched record is attempted only while its partition is ours and no earlier record of its key waits in the database; else
 * it is parked behind that one, unattempted, so that it cannot overtake. A record from the database has its turn already.
 */
export class TakeTurn implements Stage {
  readonly #parkedRecords: ParkedRecords;
  readonly #parking: Parking;

  constructor(parkedRecords: ParkedRecords, parking: Parking) {
    this.#parkedRecords = parkedRecords;
    this.#parking = parking;
  }

  run(delivery: Delivery, next: Next): Outcome | Promise<Outcome> {
    const { held, message } = delivery;
    if (delivery.parked !== undefined) return next(begin(delivery));
    if (!held.isOpen || !held.remembersParked) return this.#waitAndRun(delivery, next);
    return held.isParked(message.key) ? this.#parkBehind(delivery) : next(begin(delivery));
  }

  async #waitAndRun(delivery: Delivery, next: Next): Promise<Outcome> {
    const { held, message } = delivery;
    await held.opened;
    if (held.isRevoked) return REVOKED;
    // The service stops.
    if (!held.isOpen) return retryIn(DATABASE_RETRY_MS.first);
    const isParked = held.remembersParked
      ? held.isParked(message.key)
      : await this.#parkedRecords.isParked(delivery).catch(() => undefined);
    // The database is unavailable.
    if (isParked === undefined) return retryIn(backoffMs(1, DATABASE_RETRY_MS));
    return isParked ? this.#parkBehind(delivery) : next(begin(delivery));
  }

  #parkBehind(delivery: Delivery): Promise<Outcome> {
    return this.#parking.behind(begin(delivery));
  }
}

function begin(delivery: Delivery): Delivery {
  delivery.beginAttempt();
  return delivery;
}
