import { expect, test } from 'vitest';
import { COMMANDS } from '../bus/commands/index.ts';
import { findCommand, parseCommandLine } from '../bus/parse-command-line.ts';
import { filesOf } from '../tidy/repository-files.ts';

const named = filesOf(/\.md$/).flatMap(({ path, text }) =>
  [...text.matchAll(/npm run bus -- ([^`\n|#]+)/g)].map(([, command]) => [command!.trim(), path] as const),
);

/** They stand for any command. */
const PLACEHOLDERS = new Set(['<command>', '--help', '…']);

test.each(named.filter(([command]) => !PLACEHOLDERS.has(command)))('npm run bus -- %s, in %s, parses', (command) => {
  const words = [...command.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? match[3]!);
  const { command: found, rest } = findCommand(COMMANDS, words);
  expect(() => parseCommandLine(found, rest)).not.toThrow();
});
