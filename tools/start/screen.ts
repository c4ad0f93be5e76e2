import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Without colours in a pipe, in a log, or with NO_COLOR. */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

export function say(line = ''): void {
  console.log(line);
}

export function done(line: string): void {
  say(`${paint('green', '✓')} ${line}`);
}

export function trouble(line: string): void {
  say(`${paint('red', '✗')} ${line}`);
}

export function note(line: string): void {
  say(paint('dim', `… ${line}`));
}

export function title(text: string): void {
  say();
  say(paint('bold', text));
}

/** Columns as wide as their content. */
export function table(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of rows) say(`  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd());
}

export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

export function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1_000_000)} MB`;
}
