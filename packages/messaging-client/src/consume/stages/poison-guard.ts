import type { DataSource } from 'typeorm';
import { backoffMs } from '../../backoff.ts';
import { DATABASE_RETRY_MS, POISON_STARTS_MAX } from '../../limits.ts';
import type { Delivery } from '../delivery.ts';
import { GivenUp } from '../given-up.ts';
import { retryIn } from '../outcome.ts';
import type { Outcome } from '../outcome.ts';
import { StartedAttempts } from '../started-attempts.ts';
import type { Next, Stage } from '../stage.ts';
import type { DeadLetter } from './dead-letter.ts';

/**
 * A record that crashes the process which handles it is given up after a few such crashes; else it would crash the next one too.
 *
 * On the normal path nothing is counted. Only after a crash, and for parked records, each attempt is noted before it starts and
 * struck out when it ends. Attempts that had started at the crash are suspects, and suspects run one at a time: of the
 * many that were running, only the one that is to blame goes on collecting starts.
 */
export class PoisonGuard implements Stage {
  readonly #started: StartedAttempts;
  readonly #deadLetter: Pick<DeadLetter, 'put'>;
  #lastSuspect: Promise<unknown> = Promise.resolve();

  constructor(group: string, dataSource: DataSource, deadLetter: Pick<DeadLetter, 'put'>) {
    this.#started = new StartedAttempts(group, dataSource);
    this.#deadLetter = deadLetter;
  }

  run(delivery: Delivery, next: Next): Outcome | Promise<Outcome> {
    const { held, message, parked } = delivery;
    if (!held.isRecoveringFromCrash && parked === undefined) return next(delivery);
    if (!held.isSuspect(message.offset)) return this.#guarded(delivery, next);
    const turn = this.#lastSuspect.then(async () => this.#guarded(delivery, next));
    this.#lastSuspect = turn;
    return turn;
  }

  async #guarded(delivery: Delivery, next: Next): Promise<Outcome> {
    const { held, parked } = delivery;
    let starts: number;
    try {
      starts = await this.#started.start(delivery);
    } catch {
      // It may have been counted, and only the answer is lost.
      await this.#started.end(delivery);
      return retryIn(backoffMs(1, DATABASE_RETRY_MS));
    }
    const outcome = starts > POISON_STARTS_MAX ? await this.#giveUp(delivery, starts - 1) : await next(delivery);
    await this.#started.end(delivery);
    if (parked === undefined && outcome.is !== 'retry' && outcome.is !== 'repeated') held.countRecovered();
    return outcome;
  }

  async #giveUp(delivery: Delivery, starts: number): Promise<Outcome> {
    const error = new Error(`the process ended ${starts} times while it handled this record`);
    delivery.attempts = starts;
    delivery.noteFailure(error);
    try {
      return await this.#deadLetter.put(delivery, new GivenUp('poison', error));
    } catch {
      return retryIn(backoffMs(1, DATABASE_RETRY_MS));
    }
  }
}
