import { createServer } from 'node:net';

const HOST = '127.0.0.1';
const PORT_MAX = 65_535;

/** How many neighbours of a preferred port are tried before any free one is taken. */
const NEIGHBOURS = 100;

/** Ports handed out by this process lately, so that two parts that have not bound theirs yet never get the same. */
const handedOut = new Set<number>();

/**
 * A port that can be bound now: the preferred one, else the next that is free, else whichever the system has. It
 * may be taken again before its user binds it, hence whoever starts a part tries again on EADDRINUSE.
 */
export async function findFreePort(preferred = 0): Promise<number> {
  const wanted = preferred === 0 ? [] : Array.from({ length: NEIGHBOURS }, (_, step) => preferred + step);
  for (const port of wanted.filter((number) => number <= PORT_MAX && !handedOut.has(number))) {
    if (await isFree(port)) return handOut(port);
  }
  for (;;) {
    const port = await bind(0);
    if (port !== undefined && !handedOut.has(port)) return handOut(port);
  }
}

export async function isFree(port: number): Promise<boolean> {
  return (await bind(port)) !== undefined;
}

/** For a port that is not going to be used after all, or whose user has ended. */
export function giveBackPort(port: number): void {
  handedOut.delete(port);
}

function handOut(port: number): number {
  handedOut.add(port);
  return port;
}

/** Binding is the only question whose answer counts; connecting would miss what listens on another address. */
function bind(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: HOST, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : undefined));
    });
  });
}
