import { connect } from 'node:net';
import { startLogBroker } from '../../bench/harness/log-broker.ts';
import { placeOf } from '../basics/address.ts';
import { CONNECT_TIMEOUT_MS } from '../basics/limits.ts';
import { CONNECT } from '../systems/connect.ts';
import { SYSTEMS } from '../systems/names.ts';
import type { SystemName } from '../systems/names.ts';

export interface Found {
  readonly name: SystemName;
  readonly address: string;
  readonly version: string;
  close(): Promise<void>;
}

export interface NotFound {
  readonly name: SystemName;
  /** What is shown behind "not run: ". */
  readonly reason: string;
}

/** Looks whether a system is where the settings say. log-broker is started when no setting names one. */
export async function findSystem(name: SystemName, env: NodeJS.ProcessEnv = process.env): Promise<Found | NotFound> {
  const { title, setting } = SYSTEMS[name];
  const address = env[setting] ?? SYSTEMS[name].address;
  if (address === '') return startOwn(name);
  const place = placeOf(address);
  if (!(await isListening(place))) return { name, reason: `${title} is not at ${place} (${setting})` };
  try {
    const version = await versionAt(name, address);
    return { name, address, version, close: async () => {} };
  } catch (error) {
    return { name, reason: `what listens at ${place} (${setting}) does not work as ${title}: ${messageOf(error)}` };
  }
}

export function isFound(system: Found | NotFound): system is Found {
  return 'address' in system;
}

async function startOwn(name: SystemName): Promise<Found> {
  const broker = await startLogBroker();
  try {
    const version = await versionAt(name, broker.address);
    return { name, address: broker.address, version, close: async () => broker.stop() };
  } catch (error) {
    await broker.stop();
    throw error;
  }
}

async function versionAt(name: SystemName, address: string): Promise<string> {
  const timeout = AbortSignal.timeout(2 * CONNECT_TIMEOUT_MS);
  const { promise: late, reject } = Promise.withResolvers<never>();
  timeout.addEventListener('abort', () => reject(new Error(`no answer in ${(2 * CONNECT_TIMEOUT_MS) / 1_000} s`)));
  const client = await Promise.race([CONNECT[name](address), late]);
  await client.close();
  return client.version;
}

async function isListening(place: string): Promise<boolean> {
  const [host = '', port] = place.split(':');
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port), timeout: CONNECT_TIMEOUT_MS });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}

export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
