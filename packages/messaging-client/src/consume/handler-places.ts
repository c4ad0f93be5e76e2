import { Injectable } from '@nestjs/common';
import { OUTSIDE_EFFECTS_AT_ONCE_MAX, TRANSACTIONS_AT_ONCE_MAX } from '../limits.ts';
import { Semaphore } from '../semaphore.ts';

/** How many handlers of a process run at once, whatever their groups: they share its connections to the database. */
@Injectable()
export class HandlerPlaces {
  readonly transactions = new Semaphore(TRANSACTIONS_AT_ONCE_MAX);
  readonly outsideEffects = new Semaphore(OUTSIDE_EFFECTS_AT_ONCE_MAX);
}
