import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findFreePort, giveBackPort, takePort } from './find-free-port.ts';

/** Everything that listens. */
export const PORT_NAMES = [
  'console',
  'member-service',
  'order-service',
  'mail-service',
  'member-service-admin',
  'order-service-admin',
  'mail-service-admin',
  'maildev-web',
  'maildev-smtp',
  'log-broker',
  'log-broker-health',
  'postgres',
] as const;

export type PortName = (typeof PORT_NAMES)[number];

/** Where people look first. PostgreSQL's own 5432 is left to the one that a machine may already have. */
export const USUAL_PORTS: Readonly<Record<PortName, number>> = {
  console: 3000,
  'member-service': 3001,
  'order-service': 3002,
  'mail-service': 3003,
  'member-service-admin': 0,
  'order-service-admin': 0,
  'mail-service-admin': 0,
  'maildev-web': 1080,
  'maildev-smtp': 1025,
  'log-broker': 9092,
  'log-broker-health': 9644,
  postgres: 0,
};

/** `usual` for people, `free` for programs that read the addresses. */
export type PortChoice = 'usual' | 'free';

/** The ports of one stack: chosen before anything starts, because every part gets the addresses of the others. */
export class Ports {
  readonly #choice: PortChoice;
  readonly #file: string;
  readonly #taken = new Map<PortName, number>();

  constructor(choice: PortChoice, dataFolder: string) {
    this.#choice = choice;
    this.#file = join(dataFolder, 'ports.json');
  }

  async choose(): Promise<void> {
    const previous = this.#previous();
    const wanted = PORT_NAMES.map((name) => [name, this.#wanted(name, previous)] as const);
    for (const [name, port] of await takePorts(wanted)) this.#taken.set(name, port);
    this.#save();
  }

  get(name: PortName): number {
    const port = this.#taken.get(name);
    if (port === undefined) throw new Error(`no port has been chosen for ${name} yet`);
    return port;
  }

  /** Another one, when another process has taken ours. */
  async change(name: PortName): Promise<void> {
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
  #wanted(name: PortName, previous: Partial<Record<PortName, number>>): number {
    if (this.#choice === 'free') return 0;
    return USUAL_PORTS[name] || (previous[name] ?? 0);
  }

  #previous(): Partial<Record<PortName, number>> {
    try {
      return JSON.parse(readFileSync(this.#file, 'utf8')) as Partial<Record<PortName, number>>;
    } catch {
      return {};
    }
  }

  #save(): void {
    writeFileSync(this.#file, `${JSON.stringify(Object.fromEntries(this.#taken), null, 2)}\n`);
  }
}

/**
 * Everybody their own where that is free, and only then the next free one for those whose is not: one busy port
 * moves one part, not all that come after it.
 */
export async function takePorts(wanted: readonly (readonly [PortName, number])[]): Promise<Map<PortName, number>> {
  const taken = new Map<PortName, number>();
  for (const [name, port] of wanted) if (port !== 0 && (await takePort(port))) taken.set(name, port);
  for (const [name, port] of wanted) if (!taken.has(name)) taken.set(name, await findFreePort(port));
  return taken;
}
