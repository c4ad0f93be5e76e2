import { EventEmitter } from 'node:events';
import { chmodSync, mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { atMost } from '../test-kit/until.ts';
import { OPEN_ACCESS, secureAccess } from './broker-access.ts';
import type { BrokerSetting } from './broker-access.ts';
import { cleanUpLeftovers } from './clean-up-leftovers.ts';
import { findFreePort, giveBackPort } from './find-free-port.ts';
import { lockDataFolder } from './lock-data-folder.ts';
import type { DataFolderLock } from './lock-data-folder.ts';
import { MailFaultSwitch } from './mail-fault-switch.ts';
import { Part, PartFailed } from './part.ts';
import type { PartDefinition, PartEvent } from './part.ts';
import { consolePart } from './parts/console.ts';
import { logBroker } from './parts/log-broker.ts';
import { mailDev } from './parts/maildev.ts';
import { postgres } from './parts/postgres.ts';
import { service } from './parts/services.ts';
import { smsGateway } from './parts/sms-gateway.ts';
import { NAMED_PARTS } from '../services/other-parts.ts';
import { MANIFESTS, ofService, SERVICES } from './services.ts';
import { makeDurable, settleCluster } from './postgres/settle-cluster.ts';
import type { Cluster } from './postgres/settle-cluster.ts';
import { SUPERUSER } from './postgres/create-cluster.ts';
import { databaseName } from './postgres/databases.ts';
import { settlePostgres } from './postgres/settle-postgres.ts';
import type { PostgresSettlement } from './postgres/settle-postgres.ts';
import { Ports } from './ports.ts';
import type { PortChoice } from './ports.ts';
import type { StackContext } from './stack-context.ts';
import { writeStackFile } from './stack-file.ts';
import type { StackFileControl } from './stack-file.ts';

export interface StackOptions {
  /** Everything the stack keeps lies here. */
  readonly dataFolder: string;
  readonly ports: PortChoice;
  /** Laid over the environment of every service. */
  readonly serviceEnv?: Readonly<Record<string, string>>;
  /** Laid over the environment of one part, a service, log-broker or sms-gateway; called at each of its starts. */
  readonly partEnv?: (part: string) => Readonly<Record<string, string>>;
  /** Services that start before the others and the console, which would take processor time from them; all unless given. */
  readonly first?: readonly string[];
  /** Has the processor for itself when those of `first` are ready; the others start when it is done, or after AFTER_FIRST_MS_MAX. */
  readonly afterFirst?: () => Promise<unknown>;
  /** Services that start on demand only, and are to. */
  readonly with?: readonly string[];
  /** Whether clients reach the broker by TLS and log in. */
  readonly secure?: boolean;
  /** Whether the console is a part of it, too. */
  readonly hasConsole?: boolean;
  /** Not started here: the environment names another address. */
  readonly leaveOut?: ReadonlyArray<'log-broker' | 'maildev'>;
}

export type StackEvents = {
  /** The ports are known; nothing listens yet. */
  chosen: [];
  part: [name: string, event: PartEvent];
  /** Processes of a run that was killed have been ended. */
  cleanedUp: [names: readonly string[]];
  /** `stack.json` could not be written; it may differ from what runs. */
  notWritten: [error: Error];
};

/** A busy machine takes its time; beyond this, something is wrong. */
const READY_WITHIN_MS = 60_000;

/** On a slow machine, too, all is up soon. */
const AFTER_FIRST_MS_MAX = 3_000;

/** The name by which the tools of this machine log in to the broker. */
const TOOLS = 'tools';

const NAMES = MANIFESTS.map(({ name }) => name);

/** The parts to restart when the address of a part has changed. */
const USERS_OF: Readonly<Record<string, readonly string[]>> = {
  postgres: NAMES,
  'log-broker': [...NAMES, 'console'],
  ...Object.fromEntries(
    Object.entries(NAMED_PARTS).map(([name, { part }]) => {
      const users = MANIFESTS.filter(({ settings }) => settings.some(({ value }) => value.includes(`{${name}}`)));
      return [part, [...users.map((service) => service.name), 'console']];
    }),
  ),
  ...Object.fromEntries(NAMES.map((name) => [name, ['console']])),
};

const BY_NAME = Object.fromEntries(MANIFESTS.map((service) => [service.name, service]));

/** What the services need to finish their work. */
const INFRASTRUCTURE = ['maildev', 'sms-gateway', 'log-broker', 'postgres'];

/**
 * The whole system on this machine: PostgreSQL, log-broker, MailDev and the services, a process each, kept running.
 * `npm start` shows it, tests break it.
 */
export class Stack extends EventEmitter<StackEvents> {
  readonly dataFolder: string;
  readonly ports: Ports;
  readonly mailFaults = new MailFaultSwitch();
  /** To be set before the start; tools find it in the stack file. */
  control: StackFileControl | undefined;
  readonly #options: StackOptions;
  readonly #parts = new Map<string, Part>();
  #context: StackContext | undefined;
  #brokerAccess = OPEN_ACCESS;
  #lock: DataFolderLock | undefined;
  #stopping: Promise<void> | undefined;
  /** Ports of second instances. */
  readonly #morePorts = new Set<number>();

  constructor(options: StackOptions) {
    super();
    this.#options = options;
    this.dataFolder = resolve(options.dataFolder);
    this.ports = new Ports(options.ports, this.dataFolder);
  }

  /** Starts every part as early as it can start, those of `first` before the others, and settles when all are ready. */
  async start(): Promise<void> {
    mkdirSync(this.dataFolder, { recursive: true });
    // The user that runs PostgreSQL has to get to its files through here; they are closed to others themselves.
    chmodSync(this.dataFolder, 0o755);
    this.#lock = await lockDataFolder(this.dataFolder);
    const leftovers = await cleanUpLeftovers(this.dataFolder);
    if (leftovers.length > 0) this.emit('cleanedUp', leftovers);
    await this.ports.choose();
    this.emit('chosen');

    const settlement = await settlePostgres();
    if (this.#options.secure === true) {
      this.#brokerAccess = await secureAccess(this.dataFolder, [...this.services, 'console', TOOLS]);
    }
    let cluster: Cluster | undefined;
    const context = this.#describe(settlement, () => cluster);
    this.#context = context;
    // Neither needs the database, and both take longer to start than copying the cluster takes.
    const isLeftOut = (name: 'log-broker' | 'maildev'): boolean => this.#options.leaveOut?.includes(name) ?? false;
    if (!isLeftOut('maildev')) this.#add(mailDev(context));
    if (!isLeftOut('log-broker')) this.#add(logBroker(context));
    cluster = await settleCluster(this.dataFolder, settlement);
    this.#add(postgres(context, cluster));
    const durable = makeDurable(cluster, settlement);
    // They wait for the database themselves, and load their code meanwhile.
    const { first = this.services, afterFirst } = this.#options;
    const manifests = MANIFESTS.filter(({ name }) => this.services.includes(name));
    const { now = [], later = [] } = Object.groupBy(manifests, ({ name }) => (first.includes(name) ? 'now' : 'later'));
    for (const manifest of now) this.#add(service(manifest, context));
    if (later.length > 0) await this.awaitReady();
    if (afterFirst !== undefined) await atMost(AFTER_FIRST_MS_MAX, afterFirst());
    if (manifests.some(({ settings }) => settings.some(({ value }) => value.includes('{sms-gateway}')))) {
      this.#add(smsGateway(context));
    }
    for (const manifest of later) this.#add(service(manifest, context));
    if (this.#options.hasConsole === true) this.#add(consolePart(context));

    await Promise.all([this.awaitReady(), durable]);
  }

  /** Until every part is ready, or an optional one could not be started. */
  async awaitReady(): Promise<void> {
    const parts = [...this.#parts.values()];
    const ready = await atMost(READY_WITHIN_MS, Promise.all(parts.map(isReadyOrLeftOut)));
    if (ready !== undefined) return;
    const late = parts.find((part) => part.state !== 'ready' && part.definition.isOptional !== true);
    if (late) throw new PartFailed(late.name, late.definition.log, `is not ready after ${READY_WITHIN_MS} ms`);
  }

  /** The names of those that are a part of it. */
  get services(): readonly string[] {
    return [...SERVICES, ...(this.#options.with ?? [])];
  }

  get parts(): readonly Part[] {
    return [...this.#parts.values()];
  }

  part(name: string): Part {
    const part = this.#parts.get(name);
    if (part === undefined) throw new Error(`no part named ${name}: there are ${[...this.#parts.keys()].join(', ')}`);
    return part;
  }

  get brokerAddress(): string {
    return this.#described.brokerAddress();
  }

  /** As the tools of this process reach it; others read the stack file. */
  get broker(): BrokerSetting {
    return { addresses: [this.brokerAddress], setting: 'npm start', ...this.#brokerAccess.securityOf(TOOLS) };
  }

  databaseUrl(name: string): string {
    return this.#described.databaseUrl(name);
  }

  url(name: string): string {
    return this.part(name).definition.address();
  }

  get smtpUrl(): string {
    return `smtp://127.0.0.1:${this.ports.get('maildev-smtp')}`;
  }

  /** One more instance of a service, named `<service>-<id>`; it shares the others' database and group. */
  async addInstance(name: string, id: string): Promise<Part> {
    const port = await findFreePort();
    this.#morePorts.add(port);
    const part = this.#add(service(ofService(BY_NAME, name), this.#described, { instance: { id, port } }));
    await part.ready;
    return part;
  }

  /**
   * The services first, then what they need to finish their work. Leaves no process behind, whatever fails: each step is
   * attempted though another one throws.
   * @throws {AggregateError} at the end, with what failed
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopInOrder();
    return this.#stopping;
  }

  /** At once and without order, after a second Ctrl-C. */
  async killAll(): Promise<void> {
    await Promise.all(this.parts.map((part) => part.kill('SIGKILL')));
  }

  async #stopInOrder(): Promise<void> {
    const errors = new Set<unknown>();
    const attempt = async (step: () => unknown): Promise<void> => {
      try {
        await step();
      } catch (error) {
        errors.add(error);
      }
    };
    await attempt(() => this.#lock?.announceStop());
    const inOrder = [
      this.parts.filter(({ name }) => !INFRASTRUCTURE.includes(name)),
      this.parts.filter(({ name }) => INFRASTRUCTURE.includes(name) && name !== 'postgres'),
      this.parts.filter(({ name }) => name === 'postgres'),
    ];
    for (const group of inOrder) await Promise.all(group.map((part) => attempt(() => part.stop())));
    // Without the lock, the file is that of the stack that runs on this folder.
    if (this.#lock !== undefined) await attempt(() => this.#writeStackFile());
    await attempt(() => this.ports.giveBack());
    for (const port of this.#morePorts) await attempt(() => giveBackPort(port));
    await attempt(() => this.#lock?.release());
    if (errors.size > 0) {
      const reasons = [...errors].map((error) => (error instanceof Error ? error.message : String(error)));
      throw new AggregateError(errors, `every part was stopped, but: ${reasons.join('; ')}`);
    }
  }

  #add(definition: PartDefinition): Part {
    const part = new Part(definition, (event) => this.#onPartEvent(definition.name, event));
    this.#parts.set(definition.name, part);
    if (this.#stopping === undefined) part.start().catch(() => {}); // awaited through `ready`
    return part;
  }

  #onPartEvent(name: string, event: PartEvent): void {
    try {
      this.#writeStackFile();
    } catch (error) {
      // Only tools read it: on a full disk the parts run on, and the next event writes it again.
      this.emit('notWritten', error as Error);
    }
    this.emit('part', name, event);
    if (event.type !== 'moved') return;
    for (const user of USERS_OF[name] ?? []) {
      const part = this.#parts.get(user);
      if (part !== undefined && part.state !== 'stopped') part.restart().catch(() => {});
    }
  }

  #writeStackFile(): void {
    const running = this.parts.flatMap(({ name, pid, definition }) =>
      pid === undefined
        ? []
        : [
            {
              name,
              pid,
              address: definition.address(),
              ...(definition.adminAddress && { admin: definition.adminAddress() }),
            },
          ],
    );
    const isRunning = this.#stopping === undefined;
    const hasBroker = running.some(({ name }) => name === 'log-broker');
    writeStackFile(this.dataFolder, {
      parts: running,
      ...(isRunning && this.control && { control: this.control }),
      ...(isRunning && hasBroker && { broker: this.#brokerAccess.settingsOf(TOOLS, this.brokerAddress) }),
    });
  }

  get #described(): StackContext {
    if (this.#context === undefined) throw new Error('the stack has not been started');
    return this.#context;
  }

  #describe(settlement: PostgresSettlement, cluster: () => Cluster | undefined): StackContext {
    const at = (name: string): string => `127.0.0.1:${this.ports.get(name)}`;
    const url = (role: string, database: string): string =>
      `postgres://${role}:${cluster()?.passwords[role] ?? ''}@${at('postgres')}/${database}`;
    return {
      dataFolder: this.dataFolder,
      ports: this.ports,
      services: this.services,
      postgres: settlement,
      mailFaults: this.mailFaults,
      serviceEnv: this.#options.serviceEnv ?? {},
      partEnv: this.#options.partEnv ?? (() => ({})),
      control: () => this.control,
      brokerAddress: () => at('log-broker'),
      brokerAccess: this.#brokerAccess,
      databaseUrl: (name) => url(databaseName(name), databaseName(name)),
      adminUrl: () => url(SUPERUSER, 'postgres'),
    };
  }
}

async function isReadyOrLeftOut({ ready, definition }: Part): Promise<void> {
  if (definition.isOptional === true) await ready.catch(() => undefined);
  else await ready;
}
