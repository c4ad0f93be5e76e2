import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { until } from '@event-bus/test-kit/until';
import { isPlace, placeOf } from '../basics/address.ts';
import type { Text } from '../basics/text.ts';
import { CONNECT_TIMEOUT_MS } from '../basics/limits.ts';
import { CONNECT } from '../systems/connect.ts';
import { SYSTEMS } from '../systems/names.ts';
import type { SystemName } from '../systems/names.ts';
import type { Client, Usage } from '../systems/system.ts';
import type { BrokerSwitch, ClusterSwitch } from './experiment.ts';
import { isListening, untilGone } from './listening.ts';
import { OwnLogBroker } from './own-log-broker.ts';
import { usageOfProcesses } from './usage.ts';
import { withinTime } from './within-time.ts';

/** Longer than a broker takes to start, and one in a container to be started again until it can, on a busy machine, too. */
const START_TIMEOUT_MS = 120_000;

export interface Found {
  readonly name: SystemName;
  readonly address: string;
  readonly version: string;
  readonly broker: BrokerSwitch | undefined;
  readonly cluster: ClusterSwitch | undefined;
  readonly ensemble: ClusterSwitch | undefined;
  readonly usage: (() => Usage) | undefined;
  close(): Promise<void>;
}

export interface NotFound {
  readonly name: SystemName;
  /** What is shown behind "not run: ". */
  readonly reason: Text;
}

/** Looks whether a system is where the settings say. log-broker is started when no setting names one. */
export async function findSystem(name: SystemName, env: NodeJS.ProcessEnv = process.env): Promise<Found | NotFound> {
  const { title, setting } = SYSTEMS[name];
  const address = env[setting] ?? SYSTEMS[name].address;
  if (address === '') return startOwn(name);
  const place = placeOf(address);
  if (!isPlace(place)) {
    // Without what is there: an address may have a password.
    const reason = { en: `${setting} has no host and port`, ko: `${setting}에 호스트와 포트가 없다` };
    return { name, reason };
  }
  if (!(await isListening(place))) {
    const reason = {
      en: `${title} is not at ${place} (${setting})`,
      ko: `${place}에서 ${title}의 응답이 없다 (${setting})`,
    };
    return { name, reason };
  }
  try {
    const version = await versionAt(name, address);
    return {
      name,
      address,
      version,
      broker: switchOf(name, address, env),
      cluster: oneByOne(setting, 'ONE', env),
      ensemble: oneByOne(setting, 'SERVER', env),
      usage: usageBy(setting, env),
      close: async () => {},
    };
  } catch (error) {
    const reason = {
      en: `what listens at ${place} (${setting}) does not work as ${title}: ${messageOf(error)}`,
      ko: `${place}(${setting})에서 응답하는 프로그램이 ${title}처럼 동작하지 않는다: ${messageOf(error)}`,
    };
    return { name, reason };
  }
}

/** Why an experiment failed: first that the broker has ended, as some do on a full disk. */
export async function failureOf(error: unknown, { name, address }: Found): Promise<string> {
  const place = placeOf(address);
  return (await isListening(place))
    ? messageOf(error)
    : `${SYSTEMS[name].title} is not at ${place} any more: ${messageOf(error)}`;
}

export function isFound(system: Found | NotFound): system is Found {
  return 'address' in system;
}

async function startOwn(name: SystemName): Promise<Found> {
  const broker = new OwnLogBroker();
  try {
    await broker.start();
    const { address } = broker;
    const version = await versionAt(name, address);
    const usage = (): Usage => broker.usage();
    const none = { cluster: undefined, ensemble: undefined };
    return { name, address, version, broker, ...none, usage, close: async () => broker.close() };
  } catch (error) {
    await broker.close();
    throw error;
  }
}

async function versionAt(name: SystemName, address: string): Promise<string> {
  const client = await withinTime<Client>(CONNECT[name](address), 2 * CONNECT_TIMEOUT_MS);
  await client.close();
  return client.version;
}

/** LAB_RABBITMQ_URL goes with LAB_RABBITMQ_KILL and LAB_RABBITMQ_START, which hold commands. */
function switchOf(name: SystemName, address: string, env: NodeJS.ProcessEnv): BrokerSwitch | undefined {
  const prefix = prefixOf(SYSTEMS[name].setting);
  const [kill, start] = [env[`${prefix}_KILL`], env[`${prefix}_START`]];
  if (kill === undefined || start === undefined) return undefined;
  return {
    kill: async () => {
      await runCommand(kill);
      // While it ends its port is taken, and a start on it would fail.
      await untilGone(placeOf(address));
    },
    start: async () => {
      await runCommand(start);
      // The port of a container accepts connections before the broker in it does.
      await until(`${SYSTEMS[name].title} to answer`, async () => versionAt(name, address), START_TIMEOUT_MS);
    },
  };
}

/** LAB_KAFKA_KILL_ONE and LAB_KAFKA_START_ONE; the id of the broker, or of the server of an ensemble, is `$1`. */
function oneByOne(setting: string, what: 'ONE' | 'SERVER', env: NodeJS.ProcessEnv): ClusterSwitch | undefined {
  const prefix = prefixOf(setting);
  const [kill, start] = [env[`${prefix}_KILL_${what}`], env[`${prefix}_START_${what}`]];
  if (kill === undefined || start === undefined) return undefined;
  return { kill: async (id) => runCommand(kill, id), start: async (id) => runCommand(start, id) };
}

/** LAB_RABBITMQ_PID, ids of processes or files that have one, and LAB_RABBITMQ_DATA, the folder of its files. */
function usageBy(setting: string, env: NodeJS.ProcessEnv): Found['usage'] {
  const prefix = prefixOf(setting);
  const [pids, folder] = [env[`${prefix}_PID`], env[`${prefix}_DATA`]];
  if (pids === undefined && folder === undefined) return undefined;
  // Read each time: a broker that is started again is another process.
  return () => usageOfProcesses(pids?.split(',').map(pidIn) ?? [], folder);
}

/** NaN where there is no such file now: the memory is not known then. */
function pidIn(pidOrFile: string): number {
  if (/^\d+$/.test(pidOrFile)) return Number(pidOrFile);
  return existsSync(pidOrFile) ? Number.parseInt(readFileSync(pidOrFile, 'utf8'), 10) : Number.NaN;
}

function prefixOf(setting: string): string {
  return setting.replace(/_(URL|BOOTSTRAP)$/, '');
}

async function runCommand(command: string, id?: number): Promise<void> {
  await promisify(execFile)('sh', ['-c', command, 'sh', ...(id === undefined ? [] : [String(id)])]);
}

export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0)
    return [...new Set(error.errors.map(messageOf))].join('; ');
  return error instanceof Error ? error.message : String(error);
}
