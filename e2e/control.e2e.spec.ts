import { until } from '@event-bus/test-kit/until';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FAULT_NAMES } from '../apps/console/src/control.ts';
import type {
  ControlLog,
  ControlPart,
  ControlState,
  FaultName,
  FaultState,
  KilledPart,
  PublishedRecords,
} from '../apps/console/src/control.ts';
import { cleanUpLeftovers } from '../tools/stack/clean-up-leftovers.ts';
import { findSupervisor } from '../tools/stack/lock-data-folder.ts';
import { SERVICES } from '../tools/stack/services.ts';
import { CHECKOUT } from '../tools/stack/spawn-node.ts';
import { readStackFile } from '../tools/stack/stack-file.ts';
import type { StackFileControl } from '../tools/stack/stack-file.ts';
import { Customer } from './harness/customer.ts';
import { makeDataFolder } from './harness/data-folder.ts';
import { Inbox } from './harness/inbox.ts';
import type { LedgerEntry } from './harness/start-stack.ts';

const PARTS = ['maildev', 'log-broker', 'postgres', ...SERVICES, 'console'];

// Containers have no supervisor of ours.
describe.skipIf(process.env['E2E_COMPOSE_PROJECT'] !== undefined)('the control listener of npm start', () => {
  let dataFolder: string;
  let npmStart: ChildProcess;
  let control: StackFileControl;
  let customer: Customer;
  let signUps = 0;

  beforeAll(async () => {
    dataFolder = await makeDataFolder();
    npmStart = spawn('npm', ['start', '--', '--ports', 'free', '--data', dataFolder], {
      cwd: CHECKOUT,
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let screen = '';
    npmStart.stdout!.setEncoding('utf8').on('data', (text: string) => (screen += text));
    await until('npm start to have started everything', () => screen.includes('Ctrl-C stops everything'));
    control = readStackFile(dataFolder).control!;
    customer = new Customer(addressOf);
  });
  afterAll(async () => {
    if (npmStart.exitCode === null && npmStart.signalCode === null) process.kill(-npmStart.pid!, 'SIGKILL');
    await cleanUpLeftovers(dataFolder);
    rmSync(dataFolder, { recursive: true, force: true });
  });

  function partOfFile(name: string): { address: string; admin?: string } {
    return readStackFile(dataFolder).parts.find((part) => part.name === name)!;
  }
  function addressOf(name: string): string {
    return partOfFile(name).address;
  }
  async function admin<Answer>(service: string, path: string): Promise<Answer> {
    const response = await fetch(`${partOfFile(service).admin}/admin/${path}`);
    expect(response.status).toBe(200);
    return (await response.json()) as Answer;
  }

  async function call(method: string, path: string, body?: object, token = control.token): Promise<Response> {
    return fetch(`${control.address}/control${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(body && { body: JSON.stringify(body) }),
    });
  }
  async function read<Answer>(path = ''): Promise<Answer> {
    const response = await call('GET', path);
    expect(response.status).toBe(200);
    return (await response.json()) as Answer;
  }
  async function post<Answer>(path: string, body: object = {}): Promise<Answer> {
    const response = await call('POST', path, body);
    const answer: unknown = await response.json();
    expect({ status: response.status, answer }).toMatchObject({ status: 200 });
    return answer as Answer;
  }
  async function switchFault(name: FaultName, on: boolean): Promise<void> {
    expect(await post<FaultState>(`/faults/${name}`, { on })).toMatchObject({ name, on });
  }

  async function signUp(): Promise<string> {
    const email = `control-${(signUps += 1)}@example.com`;
    await customer.signUp({ email, name: '제어' });
    return email;
  }
  async function entryOf(email: string): Promise<LedgerEntry | undefined> {
    const response = await fetch(`${addressOf('mail-service')}/mails?to=${email}`);
    return ((await response.json()) as LedgerEntry[])[0];
  }
  async function ledgerSays(email: string, expected: Partial<Record<keyof LedgerEntry, unknown>>): Promise<void> {
    await until(`the ledger to say ${JSON.stringify(expected)} of ${email}`, async () => {
      expect(await entryOf(email)).toMatchObject(expected);
      return true;
    });
  }
  async function readyAnswers(service: string, status: number): Promise<void> {
    await until(`${service} to be ${status}`, async () => {
      const response = await fetch(`${addressOf(service)}/health/ready`);
      return response.status === status;
    });
  }
  async function readyAgain(part: string): Promise<ControlPart> {
    return until(`${part} to be ready again`, async () => {
      const found = (await read<ControlState>()).parts.find(({ name }) => name === part)!;
      return found.state === 'ready' && found;
    });
  }
  async function affectedBy(name: FaultName): Promise<number | null> {
    return (await read<ControlState>()).faults.find((fault) => fault.name === name)!.affected;
  }

  it('has its address and token in the stack file, which only its owner can read, with the admin endpoints of each service', async () => {
    expect(statSync(join(dataFolder, 'stack.json')).mode & 0o777).toBe(0o600);
    expect(control).toEqual({
      address: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      token: expect.any(String),
    });
    for (const service of SERVICES) {
      expect(await admin(service, 'outbox')).toMatchObject({ service, relay: { ready: true } });
    }
    const { parts, faults } = await read<ControlState>();
    expect(parts.map(({ name, state }) => ({ name, state }))).toEqual(
      expect.arrayContaining(PARTS.map((name) => ({ name, state: 'ready' }))),
    );
    expect(faults.map(({ name, on }) => ({ name, on }))).toEqual(FAULT_NAMES.map((name) => ({ name, on: false })));
  });

  it('does nothing without the token', async () => {
    for (const [method, path] of [
      ['GET', ''],
      ['POST', '/normal'],
      ['POST', '/faults/broker-down'],
    ] as const) {
      const response = await call(method, path, method === 'POST' ? { on: true } : undefined, 'wrong');
      expect(response.status).toBe(401);
    }
    expect((await read<ControlState>()).faults.every(({ on }) => !on)).toBe(true);
  });

  it('answers a name that it does not know with those that it knows', async () => {
    const response = await call('POST', '/faults/meteor', { on: true });
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ status: 404, known: [...FAULT_NAMES] });
    const part = (await (await call('POST', '/kill', { part: 'no-such-part' })).json()) as { known: string[] };
    expect({ ...part, known: part.known.toSorted() }).toMatchObject({ status: 404, known: PARTS.toSorted() });
    const topic = await call('POST', '/unreadable', { topic: 'nothing' });
    expect(await topic.json()).toMatchObject({ status: 404, known: expect.arrayContaining(['member']) });
    for (const [path, body] of [
      ['/faults/broker-down', {}],
      ['/faults/broker-down', { on: 'yes' }],
      ['/kill', { part: 7 }],
      ['/duplicates', { topic: 'member' }],
      ['/duplicates', { topic: 'member', records: 0 }],
      ['/duplicates', { topic: 'member', records: 1.5 }],
      ['/unreadable', []],
    ] as const) {
      expect((await call('POST', path, body)).status, JSON.stringify(body)).toBe(400);
    }
    expect((await call('GET', '/log?after=x')).status).toBe(400);
    expect((await call('GET', '/nowhere')).status).toBe(404);
  });

  it('mail server down: mails wait, its inbox can still be read, and they are sent afterwards', async () => {
    await switchFault('mail-server-down', true);
    const email = await signUp();
    await ledgerSays(email, { status: 'waiting', error: expect.stringContaining('ECONNREFUSED') });
    const inbox = new Inbox(addressOf('maildev'));
    expect(await inbox.mailsTo(email)).toEqual([]);
    await switchFault('mail-server-down', false);
    await inbox.awaitMail({ to: email });
  });

  it('mail server slow: an answer is awaited, and at the end of the fault it is given at once', async () => {
    await switchFault('mail-server-slow', true);
    const email = await signUp();
    await ledgerSays(email, { status: 'handing-over' });
    await until('an answer to be delayed', async () => ((await affectedBy('mail-server-slow')) ?? 0) > 0);
    await switchFault('mail-server-slow', false);
    await ledgerSays(email, { status: 'accepted' });
  });

  it('mail server answers 451: mails wait and are sent afterwards', async () => {
    await switchFault('mail-server-451', true);
    const email = await signUp();
    await ledgerSays(email, { status: 'waiting', error: expect.stringContaining('451') });
    expect(await affectedBy('mail-server-451')).toBeGreaterThan(0);
    await switchFault('mail-server-451', false);
    await ledgerSays(email, { status: 'accepted' });
  });

  it('mail server answers 550: a mail becomes a dead letter, also when the mail server was killed meanwhile', async () => {
    await switchFault('mail-server-451', true);
    await switchFault('mail-server-550', true);
    expect((await read<ControlState>()).faults.filter(({ on }) => on).map(({ name }) => name)).toEqual([
      'mail-server-550',
    ]);
    await post('/kill', { part: 'maildev' });
    await readyAgain('maildev');
    await ledgerSays(await signUp(), { status: 'rejected', error: expect.stringContaining('550') });
    await switchFault('mail-server-550', false);
    await ledgerSays(await signUp(), { status: 'accepted' });
  });

  it('broker down: sign-ups are accepted, and mailed afterwards', async () => {
    await switchFault('broker-down', true);
    await switchFault('broker-down', true);
    await readyAnswers('mail-service', 503);
    const email = await signUp();
    expect(await (await call('POST', '/duplicates', { topic: 'member', records: 1 })).json()).toMatchObject({
      status: 503,
    });
    await switchFault('broker-down', false);
    await ledgerSays(email, { status: 'accepted' });
  });

  it('database down: services are not ready, and are afterwards', async () => {
    await switchFault('database-down', true);
    await readyAnswers('member-service', 503);
    expect(await (await call('POST', '/kill', { part: 'postgres' })).json()).toMatchObject({ status: 409 });
    await switchFault('database-down', false);
    await readyAnswers('member-service', 200);
    await ledgerSays(await signUp(), { status: 'accepted' });
  });

  it('duplicate records are known to the inbox', async () => {
    const email = await signUp();
    await ledgerSays(email, { status: 'accepted' });
    const repeats = async (): Promise<number> =>
      (await admin<{ repeats: { records: number } }>('mail-service', 'inbox')).repeats.records;
    const before = await repeats();
    expect(await post<PublishedRecords>('/duplicates', { topic: 'member', records: 2 })).toEqual({
      topic: 'member',
      records: 2,
    });
    await until('both to be repeats', async () => (await repeats()) === before + 2);
    expect(await new Inbox(addressOf('maildev')).mailsTo(email)).toHaveLength(1);
  });

  it('a record that cannot be read becomes a dead letter, byte for byte', async () => {
    await post('/unreadable', { topic: 'member' });
    await until('the dead letter', async () => {
      const { rows } = await admin<{ rows: unknown[] }>('mail-service', 'dead-letters?reason=undecodable');
      return rows.length === 1;
    });
    await ledgerSays(await signUp(), { status: 'accepted' });
  });

  it('a part that is killed has another process and is ready again', async () => {
    for (const part of PARTS) {
      const { pid } = await post<KilledPart>('/kill', { part });
      const after = await readyAgain(part);
      expect(after.pid).not.toBe(pid);
      expect(after satisfies ControlPart).toMatchObject({ kills: part === 'maildev' ? 2 : 1 });
    }
    await ledgerSays(await signUp(), { status: 'accepted' });
  });

  it('puts all back to normal at once, and the log has what happened in order', async () => {
    const { newest } = await read<ControlState>();
    await switchFault('broker-down', true);
    await switchFault('mail-server-slow', true);
    const { faults, parts } = await post<ControlState>('/normal');
    expect(faults.filter(({ on }) => on)).toEqual([]);
    expect(parts.filter(({ state }) => state !== 'ready')).toEqual([]);
    const { entries, dropped } = await read<ControlLog>(`/log?after=${newest}`);
    expect(dropped).toBe(0);
    expect(entries.map(({ number }) => number)).toEqual(entries.map((_, index) => newest + 1 + index));
    expect(entries).toMatchObject([
      { code: 'fault-on', fault: 'broker-down' },
      { code: 'part-stopped', part: 'log-broker' },
      { code: 'fault-on', fault: 'mail-server-slow' },
      { code: 'fault-off', fault: 'mail-server-slow' },
      { code: 'fault-off', fault: 'broker-down' },
      { code: 'part-started', part: 'log-broker' },
      { code: 'part-ready', part: 'log-broker' },
    ]);
  });

  it('a fault ends with the supervisor, also when that is killed', async () => {
    await switchFault('mail-server-down', true);
    const { pid } = (await read<ControlState>()).parts.find(({ name }) => name === 'maildev')!;
    const ports = JSON.parse(readFileSync(join(dataFolder, 'ports.json'), 'utf8')) as Record<string, number>;
    const port = ports['maildev-smtp']!;
    const supervisor = findSupervisor(dataFolder)!;
    process.kill(supervisor, 'SIGKILL');
    if (npmStart.exitCode === null && npmStart.signalCode === null) await once(npmStart, 'exit');
    await until('the mail server that is left to accept connections', async () => {
      const socket = connect({ port, host: '127.0.0.1' });
      const [greeting] = (await once(socket, 'data')) as [Buffer];
      socket.destroy();
      return greeting.toString().startsWith('220');
    });
    expect(() => process.kill(pid!, 0)).not.toThrow();
  });
});
