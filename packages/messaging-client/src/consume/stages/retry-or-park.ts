import { backoffMs } from '../../backoff.ts';
import { isUnknownVersion, ServiceStopping } from '../../errors.ts';
import { DATABASE_RETRY_MS } from '../../limits.ts';
import type { MessageEvents } from '../../observe/message-events.ts';
import { failSpan } from '../../observe/spans.ts';
import { SemaphoreClosed } from '../../semaphore.ts';
import type { Delivery } from '../delivery.ts';
import type { FailedAttempt, FailureJudge } from '../failure-judge.ts';
import { historyOf, resendsMaxOf } from '../attempt-history.ts';
import { GivenUp, outcomeUnknown } from '../given-up.ts';
import { retryIn } from '../outcome.ts';
import type { Outcome } from '../outcome.ts';
import type { Parking } from '../parking.ts';
import type { Next, Stage } from '../stage.ts';
import type { DeadLetter } from './dead-letter.ts';
import { decideRetry } from '../retry-policy.ts';
import type { RetryDecision, RetryDelays } from '../retry-policy.ts';

export interface RetryParts {
  readonly deadLetter: DeadLetter;
  readonly judge: FailureJudge;
  readonly parking: Parking;
  readonly delays: RetryDelays;
  readonly events: MessageEvents;
}

/**
 * A record that fails is attempted again: up to QUICK_ATTEMPTS_MAX times in all from its lane, then it is parked, which means
 * that it is attempted from the database and later records of its key wait behind it. After `attemptsMax` failures, or at once
 * where another attempt cannot help, it becomes a dead letter.
 */
export class RetryOrPark implements Stage {
  readonly #parts: RetryParts;

  constructor(parts: RetryParts) {
    this.#parts = parts;
  }

  async run(delivery: Delivery, next: Next): Promise<Outcome> {
    try {
      return await next(delivery);
    } catch (error) {
      // The service stops: the lane keeps the record, and the instance that has the partition next handles it.
      if (error instanceof SemaphoreClosed || error instanceof ServiceStopping) return retryIn(DATABASE_RETRY_MS.max);
      if (delivery.span !== undefined) failSpan(delivery.span, error instanceof GivenUp ? error.error : error);
      // Anything may be thrown, and even nothing.
      const failure = error instanceof Error ? error : new Error(String(error));
      delivery.noteFailure(failure);
      return failure instanceof GivenUp ? this.#giveUp(delivery, failure) : this.#failed(delivery, failure);
    }
  }

  async #failed(delivery: Delivery, error: Error): Promise<Outcome> {
    const { judge, parking, delays } = this.#parts;
    const isFailure = !isUnknownVersion(error) && (await judge.counts(error, attemptOf(delivery)));
    if (isFailure) delivery.failures += 1;
    const decision = decideRetry(error, historyOf(delivery), delays);
    this.#reportAmbiguity(delivery, error, decision);
    if ('tryAgainInMs' in decision) return parking.retry(delivery, decision.tryAgainInMs, error);
    if ('parkForMs' in decision) return parking.until(delivery, decision.parkForMs, error);
    if (decision.giveUp !== 'outcome unknown') return this.#giveUp(delivery, new GivenUp(decision.giveUp, error));
    return this.#giveUp(delivery, outcomeUnknown(delivery.effect.unconfirmed!, error));
  }

  async #giveUp(delivery: Delivery, givenUp: GivenUp): Promise<Outcome> {
    const { deadLetter, parking, delays } = this.#parts;
    try {
      return await deadLetter.put(delivery, givenUp);
    } catch (failure) {
      // The database is unavailable: the record waits like any other.
      return parking.until(delivery, backoffMs(delivery.attempts, delays.parkedDelayMs), failure as Error);
    }
  }

  #reportAmbiguity({ place, effect: { unconfirmed }, handler }: Delivery, error: Error, decision: RetryDecision): void {
    if (unconfirmed === undefined) return;
    const retryInMs = 'parkForMs' in decision ? decision.parkForMs : undefined;
    const resendsMax = resendsMaxOf(handler);
    this.#parts.events.emit('effect.ambiguous', { ...place, unconfirmed, resendsMax, retryInMs, error });
  }
}

function attemptOf({ held, message, headers, startedAt }: Delivery): FailedAttempt {
  return { handler: headers?.name ?? held.topic, key: held.laneOf(message.key), startedAt };
}
