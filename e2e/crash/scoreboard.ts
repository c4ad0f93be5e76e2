import { paint, say, seconds, table } from '../../tools/start/screen.ts';
import type { Score } from './score.ts';
import type { Point } from './point.ts';

export interface Line {
  readonly point: Point;
  /** Undefined for a point that was skipped; `note` is the reason. */
  readonly score: Score | undefined;
  readonly injections: number;
  readonly tookMs: number;
  readonly note: string | undefined;
}

const HEAD = [
  'point',
  'where',
  'accepted',
  'mailed',
  'parked',
  'dead',
  'ambiguous',
  'duplicates',
  'order',
  'texts',
  'lost',
  'doubled',
  'kills',
  'time',
  '',
];

export function hasPassed({ point, score, note }: Line): boolean {
  if (score === undefined) return true;
  const { accepted, mailed, parked, dead, ambiguous, duplicates, disorder, problems } = score;
  return (
    note === undefined &&
    accepted === mailed + parked + dead &&
    (dead === 0 || point.sparesServices !== true) &&
    (ambiguous === 0 || point.leavesNoDoubt !== true) &&
    duplicates === 0 &&
    disorder === 0 &&
    problems.length === 0
  );
}

/** One row for each point, and the problems below. */
export function show(lines: readonly Line[]): void {
  table([HEAD, ...lines.map(cellsOf)]);
  for (const { point, score, note } of lines) {
    const problems = [...(note === undefined || score === undefined ? [] : [note]), ...(score?.problems ?? [])];
    for (const problem of problems) say(`  ${paint('red', `point ${point.id}`)}: ${problem}`);
  }
}

function cellsOf(line: Line): string[] {
  const { point, score, injections, tookMs, note } = line;
  if (score === undefined) return [point.id, point.title, ...Array<string>(12).fill('–'), `skipped: ${note}`];
  const { accepted, mailed, parked, dead, ambiguous, duplicates, disorder, texts } = score;
  const ofTexts = [texts?.shown, texts?.lost, texts?.doubled].map((count) => count ?? '–');
  return [
    point.id,
    point.title,
    ...[accepted, mailed, parked, dead, ambiguous, duplicates, disorder, ...ofTexts, injections].map(String),
    seconds(tookMs),
    hasPassed(line) ? '✓' : '✗',
  ];
}
