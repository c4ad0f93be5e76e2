import type { SystemName } from '../systems/names.ts';

/** All messages below this number are confirmed. */
export interface ProducerReport {
  readonly confirmedBelow: number;
}

/** What a producer in a process of its own sends: the numbers from `from` to below `to`. */
export interface ProducerOptions {
  readonly system: SystemName;
  readonly address: string;
  readonly queue: string;
  readonly from: number;
  readonly to: number;
  readonly batch: number;
}
