import type { Delivery } from './delivery.ts';
import type { Outcome } from './outcome.ts';

/** The rest of an attempt. It may throw what an earlier stage is there to catch. */
export type Next = (delivery: Delivery) => Outcome | Promise<Outcome>;

/** One part of an attempt, which calls `next` for the rest, or decides without it. */
export interface Stage {
  run(delivery: Delivery, next: Next): Outcome | Promise<Outcome>;
}
