import type { KafkaDriver } from '../../packages/messaging-client/src/kafka/kafka-settings.ts';
import type { Resources } from './resources.ts';
import { figureOf } from './statistics.ts';
import type { Figure } from './statistics.ts';

/** One file of `bench/benches`: both sides of a comparison in one run. */
export interface Bench {
  readonly name: string;
  readonly title: string;
  /** How it is measured, for the reader of the table. */
  readonly method: string;
  run(context: BenchContext): Promise<Line[]>;
}

export interface BenchContext extends Resources {
  /** Clients of ours to measure; what measures one of them takes the first. */
  readonly drivers: readonly [KafkaDriver, ...KafkaDriver[]];
  /** Only whether everything works, in a fraction of the time; the figures mean little. */
  readonly quick: boolean;
  /** Minutes more, for the largest backlogs. */
  readonly long: boolean;
  /** Rounds of each side. */
  readonly rounds: number;
  log(text: string): void;
}

/** A line of the table: one figure of one side. */
export interface Line {
  readonly what: string;
  readonly side: string;
  readonly figure: Figure;
  readonly unit: string;
  /** Processor time of the measured process for each record, in microseconds. */
  readonly cpuUs?: Figure;
  readonly targets?: readonly Target[];
  readonly note?: string;
}

/** What must be reached; `ratio` is what was, against the other side. */
export interface Target {
  readonly text: string;
  readonly reached: boolean;
  readonly ratio?: number;
}

/** What one round of one side measured, by name. */
export type Sample = Readonly<Record<string, number>>;

/**
 * Runs the sides in turn, round after round, so that what else the machine does affects all of them alike. Each second
 * round goes backwards, so that no side always comes first.
 */
export async function alternate<Side extends string>(
  { rounds, log }: Pick<BenchContext, 'rounds' | 'log'>,
  sides: Readonly<Record<Side, (round: number) => Promise<Sample>>>,
): Promise<Record<Side, Record<string, Figure>>> {
  const samples = new Map<string, Sample[]>();
  const order = Object.entries<(round: number) => Promise<Sample>>(sides);
  for (let round = 0; round < rounds; round++) {
    for (const [side, measure] of round % 2 === 0 ? order : order.toReversed()) {
      const sample = await measure(round);
      samples.set(side, [...(samples.get(side) ?? []), sample]);
      log(`round ${round + 1}/${rounds} ${side}: ${describe(sample)}`);
    }
  }
  const figures = [...samples].map(([side, measured]) => {
    const names = Object.keys(measured[0] ?? {});
    return [side, Object.fromEntries(names.map((name) => [name, figureOf(measured.map((one) => one[name]!))]))];
  });
  return Object.fromEntries(figures) as Record<Side, Record<string, Figure>>;
}

export function atLeast(times: number, ours: Figure, theirs: Figure, whose: string): Target {
  const ratio = ours.median / theirs.median;
  return { text: `≥ ${times}× ${whose}`, ratio, reached: ratio >= times };
}

export function atMost(times: number, ours: Figure, theirs: Figure, whose: string): Target {
  const ratio = ours.median / theirs.median;
  // Nothing is reached against a side that did not finish.
  return { text: `≤ ${times}× ${whose}`, ratio, reached: ratio <= times && Number.isFinite(theirs.median) };
}

export function atLeastValue(value: number, ours: Figure, unit: string): Target {
  return { text: `≥ ${value.toLocaleString('en')} ${unit}`, reached: ours.median >= value };
}

export function atMostValue(value: number, ours: Figure, unit: string): Target {
  return { text: `≤ ${value} ${unit}`, reached: ours.median <= value };
}

export function describe(sample: Sample): string {
  return Object.entries(sample)
    .map(([name, value]) => `${name} ${value >= 100 ? Math.round(value) : Number(value.toPrecision(3))}`)
    .join(', ');
}
