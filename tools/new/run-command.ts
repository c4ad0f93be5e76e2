import { parseArgs } from 'node:util';
import { Problem } from '../set-up/problem.mjs';
import { applyPlan } from './apply-plan.ts';
import type { Written } from './apply-plan.ts';
import type { Command, Given, Value } from './command.ts';
import { dirtyPaths } from './git.ts';
import type { Plan } from './plan.ts';
import { isAsWritten } from './written-files.ts';

export interface Terminal {
  /** Undefined where no person can answer. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
  print(line: string): void;
}

/** One command from its arguments to its report. @throws Problem */
export async function runCommand(
  root: string,
  command: Command,
  args: readonly string[],
  terminal: Terminal,
): Promise<void> {
  const { values, flags } = parse(command, args);
  if (flags.has('help')) return terminal.print(usageOf(command));
  const given = await complete(root, command, values, terminal);
  const plan = await command.plan(root, given, flags);
  if (flags.has('dry-run')) return printDryRun(plan, terminal);
  if (!flags.has('force')) requireClean(root, plan);
  const written = await applyPlan(root, plan, ({ command: step }) => terminal.print(`· ${step} …`));
  printWritten(written, terminal);
  for (const line of plan.next) terminal.print(`  → ${line}`);
}

const FLAGS: Readonly<Record<string, string>> = {
  'dry-run': 'print what would be written, and write nothing',
  force: 'also when files that it writes have changes that are not committed',
  help: 'show this help',
};

function parse(
  { name, values, flags = {} }: Command,
  args: readonly string[],
): { values: Given; flags: ReadonlySet<string> } {
  const [first] = values;
  const optionOf = (value: Value): string => value.option;
  try {
    const { values: options, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        ...Object.fromEntries(values.slice(1).map((value) => [optionOf(value), { type: 'string' as const }])),
        ...Object.fromEntries(Object.keys({ ...flags, ...FLAGS }).map((flag) => [flag, { type: 'boolean' as const }])),
      },
    });
    const [word, ...rest] = positionals;
    if (rest.length > 0) {
      throw new Error(`"${[word, ...rest].join(' ')}" is more than one ${first?.option}`);
    }
    const text = Object.entries(options).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
    return {
      values: {
        ...Object.fromEntries(text),
        ...(first !== undefined && word !== undefined && { [first.option]: word }),
      },
      flags: new Set(Object.keys(options).filter((option) => options[option] === true)),
    };
  } catch (error) {
    throw new Problem(
      (error as Error).message.split('. To specify')[0]!,
      `npm run ${name} -- --help shows the options.`,
    );
  }
}

/** Without any value, every one is a question; else only those that have no default. */
async function complete(root: string, command: Command, values: Given, terminal: Terminal): Promise<Given> {
  const isBare = Object.keys(values).length === 0;
  const given: Record<string, string | undefined> = {};
  for (const value of command.values) {
    const text = values[value.option];
    if (text !== undefined) {
      value.check?.(text, given, root);
      given[value.option] = text;
      continue;
    }
    const preset = value.preset?.(given, root);
    const isNeeded = preset === undefined && value.optional === undefined;
    if (terminal.ask === undefined && isNeeded) {
      const what = value === command.values[0] ? `the ${value.option}` : `--${value.option}`;
      throw new Problem(`${what} is missing`, `For example: npm run ${command.name} -- ${command.example}`);
    }
    given[value.option] =
      terminal.ask !== undefined && (isNeeded || isBare)
        ? await askUntilRight(root, value, preset, given, terminal)
        : preset;
  }
  return given;
}

async function askUntilRight(
  root: string,
  { question, optional, check }: Value,
  preset: string | undefined,
  given: Given,
  terminal: Terminal,
): Promise<string | undefined> {
  const hint = preset !== undefined ? ` (${preset})` : optional === undefined ? '' : ' (none)';
  for (;;) {
    const answer = (await terminal.ask!(`${question}${hint}: `)).trim() || preset;
    if (answer === undefined && optional !== undefined) return undefined;
    try {
      if (answer === undefined) throw new Problem('an answer is needed', 'Ctrl-C ends this, and nothing is written.');
      check?.(answer, given, root);
      return answer;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      terminal.print(`✗ ${error.message}\n  ${error.remedy}`);
    }
  }
}

/**
 * Only files that it would change: what else is being edited is not its business. Nor are files that it would remove as long as they
 * are as a command wrote them, or all the others while it removes: that is undone by the command that adds.
 */
function requireClean(root: string, { changes, generated, removedFolders }: Plan): void {
  const isRemoval = removedFolders !== undefined;
  const isTouched = (path: string): boolean => changes.has(path) || generated.some((one) => path.startsWith(one));
  const isLost = (path: string): boolean =>
    changes.has(path) && changes.get(path) === undefined && !isAsWritten(root, path);
  const dirty = dirtyPaths(root).filter(isRemoval ? isLost : isTouched);
  if (dirty.length > 0) {
    throw new Problem(
      `changes that are not committed: ${dirty.join(', ')}`,
      isRemoval
        ? 'Commit them, so that `git` has them after they are removed; or add --force.'
        : 'Commit or stash them, so that `git restore` can undo this command alone; or add --force.',
    );
  }
}

function printDryRun({ changes, removedFolders = [], steps }: Plan, terminal: Terminal): void {
  for (const [path, text] of changes) {
    terminal.print(text === undefined ? `── ${path} would be removed` : `── ${path}\n${text.trimEnd()}`);
  }
  for (const { command } of steps) terminal.print(`── then: ${command}`);
  for (const folder of removedFolders) terminal.print(`── ${folder} would be removed with what was built in it`);
  terminal.print('Nothing is written: this was a dry run.');
}

function printWritten({ created, changed, removed }: Written, terminal: Terminal): void {
  for (const [what, paths] of Object.entries({ created, changed, removed })) {
    for (const path of paths) terminal.print(`  ${what.padEnd(7)} ${path}`);
  }
}

function usageOf({ name, summary, example, values, flags = {} }: Command): string {
  const [first, ...options] = values;
  const rows = [
    ...options.map(({ option, question }) => [`--${option} …`, question] as const),
    ...Object.entries({ ...flags, ...FLAGS }).map(([flag, help]) => [`--${flag}`, help] as const),
  ];
  const width = Math.max(...rows.map(([option]) => option.length));
  return [
    `npm run ${name} -- ${first === undefined ? '' : `<${first.option}> `}[options]`,
    summary,
    '',
    ...rows.map(([option, help]) => `  ${option.padEnd(width)}  ${help}`),
    '',
    `For example: npm run ${name} -- ${example}`,
    'Without arguments it asks.',
  ].join('\n');
}
