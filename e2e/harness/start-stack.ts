/**
 * The whole system for a test: every part a real process, on free ports, with a data folder that goes with it.
 *
 *     const system = await startStack();
 *     const member = await system.customer.signUp({ email, name });
 *     await system.kill('mail-service');                      // comes back by itself; `system.ready(…)` waits for it
 *     await system.stop('log-broker'); … await system.start('log-broker');
 *     const mail = await system.inbox.awaitMail({ to: email });
 *     await system.close();
 *
 * With E2E_COMPOSE_PROJECT it is the composed system of that name, which runs already; its containers are the parts. With
 * E2E_MEMBER_URL and its like (see addresses.ts) it is any system that runs already; that one cannot be broken.
 * E2E_KEEP=1 keeps data and logs, and prints where they are.
 */
import pg from 'pg';
import { rmSync } from 'node:fs';
import { ofService } from '../../tools/stack/services.ts';
import { PartFailed } from '../../tools/stack/part.ts';
import { Control } from '../../tools/control/control.ts';
import { serveControl } from '../../tools/control/control-server.ts';
import { Stack } from '../../tools/stack/start-stack.ts';
import { ComposeParts } from './compose-parts.ts';
import { addressesOfServices, givenAddresses } from './addresses.ts';
import type { Addresses } from './addresses.ts';
import { Customer } from './customer.ts';
import { makeDataFolder } from './data-folder.ts';
import { Inbox } from './inbox.ts';
import { until } from '@event-bus/test-kit/until';
import { StackParts } from './parts.ts';
import type { Parts } from './parts.ts';

export interface StartOptions {
  /** Laid over the environment of every service. */
  readonly serviceEnv?: Readonly<Record<string, string>>;
  /** With the console and the control listener that it breaks parts by. */
  readonly hasConsole?: boolean;
}

/** An entry of mail-service's ledger: GET /mails. */
export interface LedgerEntry {
  readonly eventId: string;
  readonly template: string;
  readonly recipient: string;
  readonly subject: string;
  readonly status: 'handing-over' | 'waiting' | 'accepted' | 'rejected';
  readonly ambiguous: boolean;
  readonly messageId: string;
  readonly attempts: number;
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly error: string | null;
}

export async function startStack({ serviceEnv = {}, hasConsole = false }: StartOptions = {}): Promise<System> {
  const project = process.env['E2E_COMPOSE_PROJECT'];
  if (project !== undefined) {
    const parts = await ComposeParts.of(project);
    await parts.ready();
    return new System(parts.addresses, parts, () => parts.close());
  }
  const given = givenAddresses();
  if (given !== undefined) return new System(given);

  const stack = new Stack({
    dataFolder: await makeDataFolder(),
    ports: 'free',
    serviceEnv,
    hasConsole,
  });
  try {
    if (hasConsole) stack.control = await serveControl(new Control(stack));
    await stack.start();
  } catch (error) {
    await stack.stop();
    if (error instanceof PartFailed) error.message += `; the end of ${error.log.path}:\n${error.log.tail()}`;
    throw error;
  }
  return new System(addressesOf(stack, hasConsole), new StackParts(stack), () => endStack(stack));
}

export class System {
  readonly addresses: Addresses;
  readonly customer: Customer;
  readonly inbox: Inbox;
  readonly #given: Parts | undefined;
  readonly #end: () => Promise<void>;

  /** `end`: what is to be done when the test is over; a system that ran before goes on. */
  constructor(addresses: Addresses, parts?: Parts, end: () => Promise<void> = async () => undefined) {
    this.addresses = addresses;
    this.customer = new Customer((service) => this.url(service));
    this.inbox = new Inbox(addresses.inbox);
    this.#given = parts;
    this.#end = end;
  }

  /** Of a service. */
  url(service: string): string {
    return ofService(this.addresses.services, service);
  }

  /** Whether its parts are the test's to break. */
  get canBeBroken(): boolean {
    return this.#given !== undefined;
  }

  /** Ends it as a crash would; it is started again by itself. Settles when the process has ended. */
  async kill(part: string, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.#parts.kill(part, signal);
  }

  /** For SIGSTOP and SIGCONT: a part that hangs. */
  signal(part: string, signal: NodeJS.Signals): void {
    this.#parts.signal(part, signal);
  }

  /** Ends it in order, and leaves it ended. */
  async stop(part: string): Promise<void> {
    await this.#parts.stop(part);
  }

  /** Starts it, and settles when it is ready. */
  async start(part: string): Promise<void> {
    await this.#parts.start(part);
  }

  /** Until this part, or else every part, is ready. */
  async ready(part?: string): Promise<void> {
    await this.#parts.ready(part);
  }

  pid(part: string): number | undefined {
    return this.#parts.pid(part);
  }

  /** What a part has printed lately. */
  log(part: string): string {
    return this.#parts.log(part);
  }

  /** One more mail-service beside the first. @returns its name as a part, and its address */
  async addMailService(id = '2'): Promise<{ readonly part: string; readonly url: string }> {
    return this.#parts.addMailService(id);
  }

  /** mail-service's record of its mails, newest first; for instance `{ to: address }` or `{ eventId }`. */
  async ledger(filter: Readonly<Record<string, string>> = {}): Promise<LedgerEntry[]> {
    const query = new URLSearchParams({ limit: '500', ...filter });
    const response = await fetch(`${this.url('mail-service')}/mails?${query.toString()}`);
    if (!response.ok) throw new Error(`the ledger answered ${response.status} ${await response.text()}`);
    return (await response.json()) as LedgerEntry[];
  }

  /** The newest entry that fits, when it is accepted: the mail can be in the inbox a moment before the ledger knows. */
  async confirmed(filter: Readonly<Record<string, string>>): Promise<LedgerEntry> {
    return until(`the ledger to call ${JSON.stringify(filter)} accepted`, async () => {
      const [entry] = await this.ledger(filter);
      return entry?.status === 'accepted' && entry;
    });
  }

  /** Looks into a service's database. */
  async query<Row extends pg.QueryResultRow>(service: string, sql: string, values: unknown[] = []): Promise<Row[]> {
    const client = new pg.Client({ connectionString: ofService(this.addresses.databases, service) });
    await client.connect();
    try {
      return (await client.query<Row>(sql, values)).rows;
    } finally {
      await client.end();
    }
  }

  async close(): Promise<void> {
    await this.#end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  get #parts(): Parts {
    if (this.#given === undefined) throw new Error('this system was given by its addresses; the test cannot break it');
    return this.#given;
  }
}

async function endStack(stack: Stack): Promise<void> {
  await stack.stop();
  if (process.env['E2E_KEEP']) process.stderr.write(`kept ${stack.dataFolder}\n`);
  else rmSync(stack.dataFolder, { recursive: true, force: true });
}

function addressesOf(stack: Stack, hasConsole: boolean): Addresses {
  return {
    ...addressesOfServices(stack),
    inbox: stack.url('maildev'),
    ...(hasConsole && { console: stack.url('console') }),
    smtp: stack.smtpUrl,
    brokers: [stack.brokerAddress],
  };
}
