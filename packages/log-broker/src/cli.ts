import { readFileSync } from 'node:fs';
import { helpText, parseSettings } from './cli-options.ts';
import { runUsers, USERS_HELP } from './cli-users.ts';
import { addressText } from './config.ts';
import { jsonLogger, lineWriter } from './observe/logger.ts';
import { startBroker } from './start-broker.ts';

const STDIN = 0;
const STDERR = 2;

export interface Terminal {
  print(line: string): void;
  printError(line: string): void;
}

/** The command. `users …` changes the stored users; else it starts a broker, prints `ready on HOST:PORT` for its listeners, shuts down cleanly on SIGTERM and SIGINT. */
export async function runCli(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  terminal: Terminal,
): Promise<void> {
  const isAboutUsers = args[0] === 'users';
  if (args.includes('--help')) return terminal.print(isAboutUsers ? USERS_HELP : helpText());
  try {
    const read = (path: string | undefined): string => readFileSync(path ?? STDIN, 'utf8');
    if (isAboutUsers) return await runUsers(args.slice(1), env, { ...terminal, read });
    const readConfig = (path: string): unknown => JSON.parse(read(path));
    const { settings, logLevel } = parseSettings(args, env, readConfig);
    const logger = jsonLogger(lineWriter(STDERR), logLevel);
    const broker = await startBroker({ ...settings, logger });
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void broker.close());
    terminal.print(`ready on ${broker.addresses.map(addressText).join(', ')}`);
  } catch (error) {
    terminal.printError(`log-broker: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
