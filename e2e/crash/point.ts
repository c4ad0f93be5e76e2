import type { SeededRandom } from './seeded-random.ts';
import type { Rig } from './rig.ts';

/** How hard a run is. */
export interface Severity {
  /** How often each fault is injected, at least. */
  readonly times: number;
  /** How long a wire is cut, a disk full, a mail server slow. */
  readonly outageMs: number;
  /** Records that pile up behind a slow mail server. */
  readonly backlog: number;
}

export interface Injection extends Severity {
  readonly rig: Rig;
  /** Of this run's seed and this point, so that a point that is run alone makes the same choices. */
  readonly random: SeededRandom;
  /** Choices for one purpose of this point, which do not depend on how often others have drawn. */
  randomOf(purpose: string): SeededRandom;
}

/** One line of the scoreboard: a fault that is injected while the system runs. */
export interface Point {
  /** Kill points have numbers, other faults have letters. */
  readonly id: string;
  readonly title: string;
  /** No service is killed, so no event may become a dead letter. */
  readonly sparesServices?: boolean;
  /** Everything is stopped in order, so no outside effect may be left ambiguous. */
  readonly leavesNoDoubt?: boolean;
  /** Its customers leave phone numbers, and the texts at the gateway are judged, too. */
  readonly hasTexts?: boolean;
  /** Why it cannot be injected on this machine or broker. */
  skipped?(rig: Rig, broker: 'log-broker' | 'Apache Kafka'): string | undefined;
  /** @returns how often it was injected */
  inject(injection: Injection): Promise<number>;
}
