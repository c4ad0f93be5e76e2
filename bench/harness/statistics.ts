/** One figure of several rounds: the middle one, and how far the others were from it. */
export interface Figure {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly rounds: number;
}

export function figureOf(values: readonly number[]): Figure {
  const sorted = sort(values);
  return { median: medianOf(sorted), min: sorted[0]!, max: sorted.at(-1)!, rounds: sorted.length };
}

/** Of an even number the mean of the two in the middle, so that it favours neither side. */
function medianOf(sorted: readonly number[]): number {
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** Nearest rank, so that the answer is a value that was measured. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = sort(values);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}

export function latencyOf(milliseconds: readonly number[]): { p50: number; p99: number } {
  return { p50: percentile(milliseconds, 50), p99: percentile(milliseconds, 99) };
}

function sort(values: readonly number[]): number[] {
  return values.toSorted((a, b) => a - b);
}
