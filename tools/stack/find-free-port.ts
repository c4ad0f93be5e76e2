import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from './processes.ts';

const HOST = '127.0.0.1';

/** How many neighbours of a preferred port are tried before any free one is taken. */
const NEIGHBOURS = 100;

/**
 * "Any free port" is one below those that the system gives to outgoing connections. Among those, a client that tries to
 * reconnect to a part that is down sooner or later is given the part's own port, is connected to itself, and the part
 * can never have its port back. get-port takes its ports from there, and knows only what its own process has taken.
 */
const ANY = { from: 20_000, to: 32_000 } as const;

/** Two stacks that start at the same time would find the same port free; the first to write its claim has it. */
const CLAIMS = join(tmpdir(), 'event-bus-ports');

/**
 * A port that can be bound now and that no other stack is about to bind: the preferred one, else the next that is free.
 * Another program may still be faster, hence a part that fails with EADDRINUSE is started again on another port.
 */
export async function findFreePort(preferred = 0): Promise<number> {
  const wanted = preferred === 0 ? [] : Array.from({ length: NEIGHBOURS }, (_, step) => preferred + step);
  for (const port of wanted) if (await takePort(port)) return port;

  const span = ANY.to - ANY.from;
  const start = Math.floor(Math.random() * span);
  for (let step = 0; step < span; step++) {
    const port = ANY.from + ((start + step) % span);
    if (await takePort(port)) return port;
  }
  throw new Error(`no port is free between ${ANY.from} and ${ANY.to}`);
}

/** For a port that is not used any more. */
export function giveBackPort(port: number): void {
  if (claimant(port) === process.pid) rmSync(join(CLAIMS, String(port)), { force: true });
}

/** Only a bind shows it; connecting would miss a listener that does not answer. */
function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: HOST, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** This very port, if it is free. */
export async function takePort(port: number): Promise<boolean> {
  if (!claim(port)) return false;
  if (await isFree(port)) return true;
  giveBackPort(port);
  return false;
}

function claim(port: number): boolean {
  const file = join(CLAIMS, String(port));
  const owner = claimant(port);
  if (owner !== undefined && isAlive(owner)) return false;
  try {
    if (owner !== undefined) rmSync(file, { force: true });
    if (!existsSync(CLAIMS)) {
      mkdirSync(CLAIMS, { recursive: true });
      // Open to all users of the machine, like the folder for temporary files itself.
      chmodSync(CLAIMS, 0o1777);
    }
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    // Another user's folder or file: then there is only the bind to go by.
    return (error as NodeJS.ErrnoException).code !== 'EEXIST';
  }
}

function claimant(port: number): number | undefined {
  try {
    return Number(readFileSync(join(CLAIMS, String(port)), 'utf8'));
  } catch {
    return undefined;
  }
}
