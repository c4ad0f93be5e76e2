import type { Chaos } from '../../../src/api.ts';

/** SVG paths in a square of 100, newest at the right; a second without a figure is a gap. */
export interface ChartLines {
  readonly accepted: string;
  readonly mailed: string;
  readonly parked: string;
  readonly rateMax: number;
  readonly parkedMax: number;
  /** Where a fault was on. */
  readonly faults: ReadonlyArray<readonly [from: number, to: number]>;
}

/** Below these, a handful would fill the chart. */
const RATE_MAX_LEAST = 4;
const PARKED_MAX_LEAST = 20;

export function chartOf(points: Chaos['chart']): ChartLines {
  const rateMax = roundUp(
    Math.max(RATE_MAX_LEAST, ...points.flatMap((point) => [point.acceptedPerSecond ?? 0, point.mailedPerSecond ?? 0])),
  );
  const parkedMax = roundUp(Math.max(PARKED_MAX_LEAST, ...points.map(({ parked }) => parked ?? 0)));
  const x = (index: number) => (points.length < 2 ? 100 : (index / (points.length - 1)) * 100);
  const line = (values: ReadonlyArray<number | null>, max: number) =>
    values
      .map((value, index) => {
        if (value === null) return '';
        const command = (values[index - 1] ?? null) === null ? 'M' : 'L';
        return `${command}${x(index).toFixed(2)} ${(100 - (value / max) * 100).toFixed(2)}`;
      })
      .join('') || 'M0 100';
  const faults: (readonly [number, number])[] = [];
  for (const [index, { hasFault }] of points.entries()) {
    if (!hasFault) continue;
    const before = faults.at(-1);
    const from = x(index);
    const to = x(Math.min(index + 1, points.length - 1));
    if (before !== undefined && before[1] >= from) faults[faults.length - 1] = [before[0], to];
    else faults.push([from, to]);
  }
  return {
    accepted: line(
      points.map((point) => point.acceptedPerSecond),
      rateMax,
    ),
    mailed: line(
      points.map((point) => point.mailedPerSecond),
      rateMax,
    ),
    parked: line(
      points.map((point) => point.parked),
      parkedMax,
    ),
    rateMax,
    parkedMax,
    faults,
  };
}

/** The ground under a line of `chartOf()`, of each part between gaps by itself. */
export function areaUnder(line: string): string {
  return line
    .split(/(?=M)/)
    .map((part) => {
      const xs = [...part.matchAll(/[ML](\S+)/g)].map(([, x]) => x!);
      return `${part}L${xs.at(-1)} 100L${xs[0]} 100Z`;
    })
    .join('');
}

/** To a figure that can be halved and read: 2, 4, 6, 8 or 10 times a power of ten. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 4, 6, 8, 10].map((factor) => factor * power).find((rounded) => rounded >= value)!;
}
