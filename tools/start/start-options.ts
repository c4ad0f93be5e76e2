import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { PortChoice } from '../stack/ports.ts';
import { MANIFESTS } from '../stack/services.ts';
import { CHECKOUT } from '../stack/spawn-node.ts';

export const USAGE = `npm start: the whole system on this machine, and a tour of what it does.

  npm start                       stays up until Ctrl-C
  npm start -- --once             ends after the tour; exit code 1 if a step of it failed
  npm start -- --data FOLDER      keeps its data there instead of in .data
  npm start -- --with NAME        also starts a service that starts on demand only
  npm start -- --secure           reaches the broker by TLS, with a login for each client
  npm start -- --ports free       takes any free ports instead of the usual ones`;

export interface StartOptions {
  readonly once: boolean;
  readonly dataFolder: string;
  readonly ports: PortChoice;
  /** Names of services that start on demand only. */
  readonly with: readonly string[];
  readonly secure: boolean;
}

/** @returns undefined for --help @throws Error that names the option, and what it takes */
export function parseStartOptions(args: readonly string[]): StartOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      once: { type: 'boolean', default: false },
      data: { type: 'string', default: join(CHECKOUT, '.data') },
      ports: { type: 'string', default: 'usual' },
      with: { type: 'string', multiple: true, default: [] },
      secure: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const { once, data, ports, secure } = values;
  if (ports !== 'usual' && ports !== 'free') throw new Error(`--ports: invalid value "${ports}"; usual or free`);
  const onDemand = MANIFESTS.filter(({ startsOnDemand }) => startsOnDemand).map(({ name }) => name);
  const unknown = values.with.find((name) => !onDemand.includes(name));
  if (unknown !== undefined) {
    const names = onDemand.join(', ') || 'none';
    throw new Error(`--with: "${unknown}" is not a service that starts on demand; there is ${names}`);
  }
  return { once, dataFolder: resolve(data), ports, with: values.with, secure };
}
