import { InspectError } from '@event-bus/messaging-client/inspect';
import { COMMANDS } from './commands/index.ts';
import { helpOf, helpOfAll } from './help.ts';
import { Output, toJson } from './output.ts';
import type { Screen } from './output.ts';
import { findCommand, parseCommandLine } from './parse-command-line.ts';
import { BusProblem, EXIT } from './problem.ts';
import type { ExitCode } from './problem.ts';
import { Settings } from './settings.ts';

export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly screen: Screen;
  /** Aborted by Ctrl-C, or when the reader of stdout has closed it. */
  readonly signal: AbortSignal;
}

/** Runs one command line. @returns its exit code */
export async function runBus(words: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const output = new Output(words.includes('--json'), surroundings.screen);
  try {
    return await runCommand(words, output, surroundings);
  } catch (error) {
    return sayProblem(error, output);
  } finally {
    output.endProgress();
  }
}

async function runCommand(words: readonly string[], output: Output, { env, signal }: Surroundings): Promise<ExitCode> {
  if (words.length === 0 || words[0] === '--help' || words[0] === 'help') {
    output.say(helpOfAll(COMMANDS));
    return words.length === 0 ? EXIT.usage : EXIT.fine;
  }
  const { command, rest } = findCommand(COMMANDS, words);
  const given = parseCommandLine(command, rest);
  if (given.flag('help')) {
    output.say(helpOf(command));
    return EXIT.fine;
  }
  return command.run({ given, settings: new Settings(given, env), output, signal });
}

function sayProblem(error: unknown, output: Output): ExitCode {
  const { message, remedy, exitCode } =
    error instanceof BusProblem
      ? error
      : error instanceof InspectError
        ? {
            message: error.message,
            remedy: error.remedy,
            exitCode: error.kind === 'malformed' ? EXIT.usage : EXIT.problem,
          }
        : {
            message: error instanceof Error ? error.message : String(error),
            remedy: undefined,
            exitCode: EXIT.problem,
          };
  if (output.json) output.note(toJson({ error: { message, remedy, exitCode } }));
  else output.note(`✗ ${message}${remedy === undefined ? '' : `\n  ${remedy}`}`);
  return exitCode;
}
