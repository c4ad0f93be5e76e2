import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PORTS_OF_PARTS } from '../services/other-parts.ts';
import { findFreePort, giveBackPort, takePort } from './find-free-port.ts';
import { MANIFESTS } from './services.ts';

/** Where people look first, for everything that listens; 0 for any free port. */
export const USUAL_PORTS: Readonly<Record<string, number>> = {
  ...PORTS_OF_PARTS,
  ...Object.fromEntries(
    MANIFESTS.flatMap(({ name, port }) => [
      [name, port],
      [`${name}-admin`, 0],
    ]),
  ),
};

/** `usual` for people, `free` for programs that read the addresses. */
export type PortChoice = 'usual' | 'free';

/** The ports of one stack: chosen before anything starts, because every part gets the addresses of the others. */
export class Ports {
  readonly #choice: PortChoice;
  readonly #file: string;
  readonly #taken = new Map<string, number>();

  constructor(choice: PortChoice, dataFolder: string) {
    this.#choice = choice;
    this.#file = join(dataFolder, 'ports.json');
  }

  async choose(): Promise<void> {
    const previous = this.#previous();
    const wanted = Object.keys(USUAL_PORTS).map((name) => [name, this.#wanted(name, previous)] as const);
    for (const [name, port] of await takePorts(wanted)) this.#taken.set(name, port);
    this.#save();
  }

  get(name: string): number {
    const port = this.#taken.get(name);
    if (port === undefined) throw new Error(`no port has been chosen for ${name} yet`);
    return port;
  }

  /** Another one, when another process has taken ours. */
  async change(name: string): Promise<void> {
    const lost = this.get(name);
    this.#taken.set(name, await findFreePort(this.#choice === 'usual' ? lost + 1 : 0));
    giveBackPort(lost);
    this.#save();
  }

  giveBack(): void {
    for (const port of this.#taken.values()) giveBackPort(port);
    this.#taken.clear();
  }

  /** The usual one if there is one, else the one of the last time: a bookmark or an open psql goes on working. */
  #wanted(name: string, previous: Partial<Record<string, number>>): number {
    if (this.#choice === 'free') return 0;
    return USUAL_PORTS[name] || (previous[name] ?? 0);
  }

  #previous(): Partial<Record<string, number>> {
    try {
      return JSON.parse(readFileSync(this.#file, 'utf8')) as Partial<Record<string, number>>;
    } catch {
      return {};
    }
  }

  #save(): void {
    writeFileSync(this.#file, `${JSON.stringify(Object.fromEntries(this.#taken), null, 2)}\n`);
  }
}

/**
 * Each its own where that is free, and only then the next free one for those whose is not: one busy port
 * moves one part, not all that come after it.
 */
export async function takePorts(wanted: readonly (readonly [string, number])[]): Promise<Map<string, number>> {
  const taken = new Map<string, number>();
  for (const [name, port] of wanted) if (port !== 0 && (await takePort(port))) taken.set(name, port);
  for (const [name, port] of wanted) if (!taken.has(name)) taken.set(name, await findFreePort(port));
  return taken;
}
