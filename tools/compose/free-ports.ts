import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from '../stack/spawn-node.ts';
import { findFreePort } from '../stack/find-free-port.ts';

/** For a composed system beside whatever else is running: a free port for each variable by which docker-compose.yml publishes one. */
export async function freePorts(): Promise<Record<string, string>> {
  const compose = readFileSync(join(CHECKOUT, 'docker-compose.yml'), 'utf8');
  const names = new Set([...compose.matchAll(/127\.0\.0\.1:\$\{(\w+_PORT):-\d+\}/g)].map(([, name]) => name!));
  return Object.fromEntries(await Promise.all([...names].map(async (name) => [name, String(await findFreePort())])));
}
