import { COMMON_OPTIONS } from './command.ts';
import type { Command, Options } from './command.ts';

const RUN = 'npm run bus --';

export function helpOfAll(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    `usage: ${RUN} <command> [options]`,
    '',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    ...optionLines(COMMON_OPTIONS),
    '',
    'Exit code 0: success · 1: a problem was found, or the action was rejected · 2: wrong usage · 3: broker or database unreachable.',
    `${RUN} <command> --help lists options and examples; see also docs/bus.md.`,
  ].join('\n');
}

export function helpOf({ name, summary, takes, options, notes, examples }: Command): string {
  return [
    `usage: ${[RUN, name, takes, '[options]'].filter(Boolean).join(' ')}`,
    '',
    summary,
    ...(notes ?? []),
    '',
    ...optionLines({ ...options, ...COMMON_OPTIONS }),
    '',
    'examples:',
    ...examples.map((example) => `  ${RUN} ${example}`),
  ].join('\n');
}

function optionLines(options: Options): string[] {
  const rows = Object.entries(options).map(([name, { value, help }]) => [`--${name}${value ? ` ${value}` : ''}`, help]);
  const width = Math.max(...rows.map(([left]) => left!.length));
  return rows.map(([left, help]) => `  ${left!.padEnd(width)}  ${help}`);
}
