import { parseArgs } from 'node:util';
import { COMMON_OPTIONS } from './command.ts';
import type { Command } from './command.ts';
import { Given } from './given.ts';
import { badUsage } from './problem.ts';

/**
 * Node's own parser: commands of two words and the messages below would take as much code on top of citty or commander.
 */

/** The command that the arguments begin with: `dead list …`, `topics …`. */
export function findCommand(
  commands: readonly Command[],
  words: readonly string[],
): { command: Command; rest: readonly string[] } {
  for (const length of [2, 1]) {
    const name = words.slice(0, length).join(' ');
    const command = commands.find((one) => one.name === name);
    if (command !== undefined) return { command, rest: words.slice(length) };
  }
  const alike = commands.filter(({ name }) => name.split(' ')[0] === words[0]).map(({ name }) => name);
  const choices = alike.length > 0 ? alike : commands.map(({ name }) => name);
  throw badUsage(`unknown command "${words.slice(0, 2).join(' ')}"`, `Commands: ${choices.join(', ')}.`);
}

export function parseCommandLine({ name, options }: Command, words: readonly string[]): Given {
  const known = { ...options, ...COMMON_OPTIONS };
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: Object.fromEntries(
        Object.entries(known).map(([option, { type, multiple }]) => [option, { type, multiple: multiple ?? false }]),
      ),
    });
    return new Given(values, positionals);
  } catch (error) {
    throw badUsage((error as Error).message.split('. To specify')[0]!, `${name} --help lists the options.`);
  }
}
