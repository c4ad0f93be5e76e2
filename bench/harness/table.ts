import type { Line, Target } from './bench.ts';

/** The same cells on the screen and in a document: titles first. A column that no line fills is left out. */
function cellsOf(lines: readonly Line[]): string[][] {
  const rows = [
    ['what', 'side', 'median', 'min – max', 'CPU a record', 'target'],
    ...lines.map(({ what, side, figure, unit, cpuUs, targets = [], note }) => [
      what,
      side,
      `${number(figure.median)} ${unit}`.trim(),
      figure.rounds === 1 ? 'one round' : `${number(figure.min)} – ${number(figure.max)}`,
      cpuUs === undefined ? '' : `${number(cpuUs.median)} µs`,
      [...targets.map(textOf), ...(note === undefined ? [] : [note])].join('; '),
    ]),
  ];
  const isFilled = rows[0]!.map((_, column) => rows.slice(1).some((cells) => cells[column] !== ''));
  return rows.map((cells) => cells.filter((_, column) => isFilled[column]));
}

export function markdownOf(lines: readonly Line[]): string {
  const [titles = [], ...rows] = cellsOf(lines);
  return [titles, titles.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

export function screenOf(lines: readonly Line[]): string {
  const rows = cellsOf(lines);
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((cells) => cells[column]!.length)));
  return rows.map((cells) => cells.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')).join('\n');
}

function textOf({ text, reached, ratio }: Target): string {
  const was = ratio === undefined ? '' : `${ratio.toPrecision(3)}×, `;
  return `${text}: ${was}${reached ? 'reached' : '**missed**'}`;
}

function number(value: number): string {
  if (Number.isNaN(value)) return '–';
  return value >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
}
