import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, dirname } from 'node:path';
import { createInterface } from 'node:readline';

/** Output of a command beyond that is not expected. */
const OUTPUT_BYTES_MAX = 16 * 1_048_576;

/** How errors of npm and pnpm name a registry that cannot be reached. */
const NO_NETWORK = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED|NO_OFFLINE/;

/**
 * The environment of a user elsewhere: this Node, no programs of the repository, and nothing of what npm tells the scripts that
 * it runs.
 */
export const elsewhere: NodeJS.ProcessEnv = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(npm_|NODE_(OPTIONS|PATH|ENV|COMPILE_CACHE)$|VITEST|VITE_|TEST$)/i.test(name),
    ),
  ),
  PATH: [
    dirname(process.execPath),
    ...(process.env['PATH'] ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules')),
  ].join(delimiter),
  KAFKAJS_NO_PARTITIONER_WARNING: '1',
};

export interface Result {
  readonly code: number;
  /** Of both streams. */
  readonly output: string;
}

export function run(cwd: string, [program, ...args]: readonly [string, ...string[]]): Promise<Result> {
  return new Promise((resolve) => {
    const options = { cwd, env: elsewhere, maxBuffer: OUTPUT_BYTES_MAX };
    execFile(program, args, options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : 1, output: `${stdout}${stderr}` });
    });
  });
}

/** @throws Error with the output; it says so when the package registry cannot be reached and the cache does not hold what is missing */
export async function runOrThrow(cwd: string, command: readonly [string, ...string[]]): Promise<string> {
  const { code, output } = await run(cwd, command);
  if (code === 0) return output;
  const cause = NO_NETWORK.test(output)
    ? ': the package registry cannot be reached, and the cache lacks a package'
    : '';
  throw new Error(`${command.join(' ')} failed${cause}\n${output.slice(-4_000)}`);
}

export interface Running extends AsyncDisposable {
  /** The first match in a line of its standard output. @throws Error when it ends before */
  readonly said: RegExpExecArray;
  /** Ctrl-C, as a terminal sends it: to all that it started. Resolves when it has ended. */
  interrupt(): Promise<void>;
}

/** Starts a program and waits for a line that it prints. Stopped with everything that it started, as npx starts others. */
export async function start(
  cwd: string,
  [program, ...args]: readonly [string, ...string[]],
  line: RegExp,
  env: NodeJS.ProcessEnv = {},
): Promise<Running> {
  const child = spawn(program, args, {
    cwd,
    env: { ...elsewhere, ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  const end = async (signal: 'SIGINT' | 'SIGKILL'): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    process.kill(-child.pid!, signal);
    await ended;
  };
  const stop = (): Promise<void> => end('SIGKILL');
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  for await (const each of createInterface(child.stdout)) {
    output += `${each}\n`;
    const said = line.exec(each);
    if (said === null) continue;
    child.stdout.resume();
    return { said, interrupt: () => end('SIGINT'), [Symbol.asyncDispose]: stop };
  }
  await stop();
  throw new Error(`${program} ${args.join(' ')} ended:\n${output}`);
}
