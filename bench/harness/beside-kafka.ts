import { atLeast } from './bench.ts';
import type { Line } from './bench.ts';
import type { Figure } from './statistics.ts';

/** Of the records with which the brokers are compared: name and bytes. */
export const RECORD_SIZES = [
  ['100 B', 100],
  ['1 KB', 1_024],
] as const;

/** What log-broker may have in memory after each kind of work. */
export const RESIDENT_MB_MAX = 120;

/** A figure of each side, `times` that of Apache Kafka as the target of the others where it was measured, too. */
export function besideKafka(
  line: Pick<Line, 'what' | 'unit'>,
  times: number,
  figures: Readonly<Record<string, Record<string, Figure>>>,
  work: string,
): Line[] {
  const theirs = figures['Apache Kafka']?.[work];
  return Object.entries(figures).map(([side, measured]) => {
    const figure = measured[work]!;
    if (theirs === undefined || side === 'Apache Kafka') return { ...line, side, figure };
    return { ...line, side, figure, targets: [atLeast(times, figure, theirs, 'Apache Kafka')] };
  });
}
