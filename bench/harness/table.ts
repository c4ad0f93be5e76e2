import type { Line } from './bench.ts';

const COLUMNS = ['what', 'side', 'median', 'min – max', 'ratio', 'target'] as const;

/** The same cells on the screen and in the README. */
export function cellsOf(lines: readonly Line[]): string[][] {
  return lines.map(({ what, side, figure, unit, target, note }) => [
    what,
    side,
    `${number(figure.median)} ${unit}`.trim(),
    figure.rounds === 1 ? 'one round' : `${number(figure.min)} – ${number(figure.max)}`,
    target?.ratio === undefined ? '' : `${target.ratio.toPrecision(3)}×`,
    target === undefined ? (note ?? '') : `${target.text} ${target.reached ? 'reached' : '**missed**'}`,
  ]);
}

export function markdownOf(lines: readonly Line[]): string {
  const rows = [COLUMNS as readonly string[], COLUMNS.map(() => '---'), ...cellsOf(lines)];
  return rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

export function screenOf(lines: readonly Line[]): string {
  const rows = [COLUMNS as readonly string[], ...cellsOf(lines)];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((cells) => cells[column]!.length)));
  return rows.map((cells) => cells.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')).join('\n');
}

function number(value: number): string {
  if (Number.isNaN(value)) return '–';
  return value >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
}
