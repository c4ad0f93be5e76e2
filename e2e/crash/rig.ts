import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FlakyProxy } from '@event-bus/test-kit/flaky-proxy';
import { SmallDisk } from '@event-bus/test-kit/small-disk';
import { SmtpSink } from '../../apps/mail-service/src/testing/smtp-sink.ts';
import { findFreePort, giveBackPort } from '../../tools/stack/find-free-port.ts';
import { SERVICES } from '../../tools/stack/services.ts';
import { Stack } from '../../tools/stack/start-stack.ts';
import type { PartEvent } from '../../tools/stack/part.ts';
import { addressesOfServices } from '../harness/addresses.ts';
import type { Addresses } from '../harness/addresses.ts';
import { Customer } from '../harness/customer.ts';
import { makeDataFolder } from '../harness/data-folder.ts';
import { StackParts } from '../harness/parts.ts';
import { System } from '../harness/start-stack.ts';
import { Control } from './control.ts';
import { INSIDE } from './kill-point.ts';
import type { Order } from './kill-point.ts';

const SECOND = '2';

/** Room for what a run writes many times over, and filled in a moment. */
const DISK_MB = 192;

/** Two of every service that always starts. */
export const INSTANCES: readonly string[] = SERVICES.flatMap((name) => [name, siblingOf(name)]);

export function siblingOf(instance: string): string {
  return instance.endsWith(`-${SECOND}`) ? instance.slice(0, -SECOND.length - 1) : `${instance}-${SECOND}`;
}

/** They start on demand, and send texts where a point is about texts. Nothing between them and others is cut. */
export const TEXT_SENDERS: readonly string[] = ['sms-service', siblingOf('sms-service')];
export const GATEWAY = 'sms-gateway';

/** What a service has a wire to. */
export type WireEnd = 'database' | 'broker' | 'mail server';

const INSIDE_PROGRAM = pathToFileURL(join(import.meta.dirname, 'inside', 'kill-at.ts')).href;

export interface RigOptions {
  /** Apache Kafka's address, instead of a log-broker of its own. */
  readonly kafka: string | undefined;
}

/**
 * The whole system with two instances of every service, each process able to die at a point of its work, each wire able to
 * be cut, and a mail server that remembers every mail.
 */
export class Rig {
  readonly system: System;
  readonly sink: SmtpSink;
  /** Customers of the first instances, and of the second. */
  readonly customers: readonly Customer[];
  readonly disk: SmallDisk;
  readonly #stack: Stack;
  readonly #control: Control;
  readonly #wires: ReadonlyMap<string, FlakyProxy>;
  readonly #begun: AsyncDisposableStack;

  static async start({ kafka }: RigOptions): Promise<Rig> {
    await using begun = new AsyncDisposableStack();
    const dataFolder = await makeDataFolder();
    begun.defer(() => forget(dataFolder));
    const control = begun.adopt(await Control.listen(), (one) => one.close());
    const sink = begun.adopt(await SmtpSink.start(), async (one) => one.stop());
    const disk = begun.adopt(new SmallDisk(join(dataFolder, 'log-broker'), DISK_MB), (one) => one.unmount());
    if (kafka === undefined) disk.mount();

    const target: Record<WireEnd, () => number> = {
      database: () => stack.ports.get('postgres'),
      broker: () => (kafka === undefined ? stack.ports.get('log-broker') : portOf(kafka)),
      'mail server': () => sink.port,
    };
    const wires = new Map<string, FlakyProxy>();
    for (const instance of INSTANCES) {
      for (const end of endsOf(instance)) {
        const port = begun.adopt(await findFreePort(), giveBackPort);
        const wire = await FlakyProxy.before(() => new URL(`tcp://127.0.0.1:${target[end]()}`), port);
        begun.adopt(wire, async (one) => one.cut());
        await wire.restore();
        wires.set(`${instance} ${end}`, wire);
      }
    }

    const stack: Stack = new Stack({
      dataFolder,
      ports: 'free',
      with: ['sms-service'],
      leaveOut: kafka === undefined ? ['maildev'] : ['maildev', 'log-broker'],
      partEnv: (part) => ({
        NODE_OPTIONS: `--import=${INSIDE_PROGRAM}`,
        [INSIDE.part]: part,
        [INSIDE.control]: String(control.port),
        [INSIDE.routes]: JSON.stringify(
          Object.fromEntries(endsOf(part).map((end) => [target[end](), wires.get(`${part} ${end}`)?.port])),
        ),
        ...([...INSTANCES, ...TEXT_SENDERS].includes(part) && kafka !== undefined && { KAFKA_BROKERS: kafka }),
        ...(part.startsWith('mail-service') && { SMTP_URL: sink.url }),
      }),
    });
    begun.defer(async () => stack.stop());
    await stack.start();
    await Promise.all(stack.services.map(async (name) => stack.addInstance(name, SECOND)));
    return new Rig(stack, { control, sink, wires, disk }, begun.move());
  }

  private constructor(
    stack: Stack,
    {
      control,
      sink,
      wires,
      disk,
    }: { control: Control; sink: SmtpSink; wires: ReadonlyMap<string, FlakyProxy>; disk: SmallDisk },
    begun: AsyncDisposableStack,
  ) {
    this.#stack = stack;
    this.#control = control;
    this.#wires = wires;
    this.#begun = begun;
    this.sink = sink;
    this.disk = disk;
    this.system = new System(addressesOf(stack), new StackParts(stack));
    this.customers = [this.system.customer, new Customer(addressOf(stack, SECOND))];
  }

  /** Goes to the process that is this part now, if it is up. */
  async send(part: string, order: Order): Promise<void> {
    const pid = this.system.pid(part);
    if (pid !== undefined) await this.#control.send(pid, order);
  }

  address(part: string): string {
    return this.#stack.part(part).definition.address();
  }

  /** What the gateway has taken, a JSON line each. */
  get textLog(): string {
    return join(this.#stack.dataFolder, GATEWAY, 'texts.jsonl');
  }

  get brokerAddress(): string {
    return this.#stack.brokerAddress;
  }

  /** Until a part is ready, or all of them. */
  async ready(part?: string): Promise<void> {
    await this.system.ready(part);
  }

  /** Its death by the next SIGKILL. @throws when it goes on living */
  async nextDeath(part: string, boundMs: number): Promise<void> {
    const giveUp = AbortSignal.timeout(boundMs);
    try {
      for (;;) {
        const [name, event] = (await once(this.#stack, 'part', { signal: giveUp })) as [string, PartEvent];
        if (name === part && event.type === 'died' && event.how.includes('SIGKILL')) return;
      }
    } catch {
      throw new Error(`${part} was not killed within ${boundMs} ms`);
    }
  }

  /** The wires that the instances of a service have to a server. */
  wires(service: string, end: WireEnd): FlakyProxy[] {
    return [service, siblingOf(service)].map((instance) => {
      const wire = this.#wires.get(`${instance} ${end}`);
      if (wire === undefined) throw new Error(`${instance} has no wire to a ${end}`);
      return wire;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#begun.disposeAsync();
  }
}

function endsOf(part: string): WireEnd[] {
  if (!INSTANCES.includes(part)) return [];
  return part.startsWith('mail-service') ? ['database', 'broker', 'mail server'] : ['database', 'broker'];
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}

function addressOf(stack: Stack, instance?: string) {
  const suffix = instance === undefined ? '' : `-${instance}`;
  return (service: string): string => stack.part(`${service}${suffix}`).definition.address();
}

function addressesOf(stack: Stack): Addresses {
  const { services, databases } = addressesOfServices({
    url: addressOf(stack),
    databaseUrl: (service) => stack.databaseUrl(service),
  });
  return {
    services,
    databases: { ...databases, 'sms-service': stack.databaseUrl('sms-service') },
    // The mail server is in this process, so its state is read directly.
    inbox: '',
    smtp: '',
    brokers: [],
  };
}

function forget(dataFolder: string): void {
  if (process.env['E2E_KEEP']) process.stderr.write(`kept ${dataFolder}\n`);
  else rmSync(dataFolder, { recursive: true, force: true });
}
