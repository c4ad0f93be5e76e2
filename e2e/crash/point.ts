import type { Dice } from './dice.ts';
import type { Rig } from './rig.ts';

/** How hard a run is. */
export interface Severity {
  /** How often each point is struck, at least. */
  readonly times: number;
  /** How long a wire is cut, a disk full, a mail server slow. */
  readonly awayMs: number;
  /** Records that pile up behind a slow mail server. */
  readonly backlog: number;
}

export interface Strike extends Severity {
  readonly rig: Rig;
  /** Of this run's seed and this point, so that it strikes alike when it is run alone. */
  readonly dice: Dice;
  /** The name of one thing in the struck point, for dice that do not depend on the others' turns. */
  diceOf(purpose: string): Dice;
}

/** One line of the scoreboard: a way to strike the system while it works. */
export interface Point {
  /** Kill points have numbers, other blows have letters. */
  readonly id: string;
  readonly title: string;
  /** No service is killed, so there is no reason to give up on any event. */
  readonly sparesServices?: boolean;
  /** Everything is stopped in order, so no outside effect may be left ambiguous. */
  readonly leavesNoDoubt?: boolean;
  /** Why it cannot be struck here. */
  skipped?(rig: Rig, broker: 'log-broker' | 'Apache Kafka'): string | undefined;
  /** @returns how often it struck */
  strike(strike: Strike): Promise<number>;
}
