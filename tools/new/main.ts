/** `npm run new:event`, `new:service`, `remove:service` and `rename`: what they share is in run-command.ts. */
import { createInterface } from 'node:readline/promises';
import { hasProblem, Problem, sayProblem } from '../set-up/problem.mjs';
import { CHECKOUT } from '../tidy/repository-files.ts';
import { newEvent } from './event/new-event.ts';
import { rename } from './rename/rename.ts';
import { runCommand } from './run-command.ts';
import type { Terminal } from './run-command.ts';
import { newService } from './service/new-service.ts';
import { removeService } from './service/remove-service.ts';

const COMMANDS = [newEvent, newService, removeService, rename];

const [name, ...args] = process.argv.slice(2);
const command = COMMANDS.find((one) => one.name === name);
if (command === undefined)
  throw new Error(`unknown command ${name}; there are ${COMMANDS.map(({ name }) => name).join(', ')}`);

try {
  await runCommand(CHECKOUT, command, args, terminal());
} catch (error) {
  if (!hasProblem(error)) throw error;
  sayProblem(error);
  process.exitCode = 1;
}

function terminal(): Terminal {
  const print = (line: string): void => console.log(line);
  return { print, ask: process.stdin.isTTY ? ask : undefined };
}

async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  const left = new AbortController();
  lines.once('SIGINT', () => left.abort());
  lines.once('close', () => left.abort());
  try {
    return await lines.question(question, { signal: left.signal });
  } catch (error) {
    if (!left.signal.aborted) throw error;
    throw new Problem('no answer', 'Nothing is written.');
  } finally {
    lines.close();
  }
}
