import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { USUAL_PORTS } from '../tools/stack/ports.ts';
import { SERVICES } from '../tools/stack/services.ts';
import { readStackFile } from '../tools/stack/stack-file.ts';
import { makeDataFolder } from './harness/data-folder.ts';
import { CHECKOUT, commandsOf, README } from './harness/readme.ts';
import { until } from '@event-bus/test-kit/until';

// The containers have tests of their own.
describe.skipIf(process.env['E2E_COMPOSE_PROJECT'] !== undefined)('the README, typed into a terminal', () => {
  let dataFolder: string;
  let npmStart: ChildProcess;
  let screen = '';

  const shows = async (what: string | RegExp): Promise<void> => {
    await until(`npm start shows ${what}`, async () => screen.search(what) >= 0);
  };

  /** With the free ports and the folder of this system in place of the usual ones. */
  async function type(command: string): Promise<string> {
    const { parts } = readStackFile(dataFolder);
    let line = command.replaceAll('.data/', `${dataFolder}/`);
    for (const name of SERVICES) {
      const address = parts.find((part) => part.name === name)?.address;
      if (address !== undefined) line = line.replaceAll(`http://127.0.0.1:${USUAL_PORTS[name]}`, address);
    }
    const { stdout } = await promisify(execFile)('bash', ['-c', line], { cwd: CHECKOUT });
    return stdout;
  }

  beforeAll(async () => {
    dataFolder = await makeDataFolder();
    // A process group of its own, as a terminal gives it one.
    npmStart = spawn('npm', ['start', '--', '--ports', 'free', '--data', dataFolder], {
      cwd: CHECKOUT,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [npmStart.stdout!, npmStart.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => (screen += text));
    }
    await shows('Ctrl-C stops everything');
  });

  afterAll(() => {
    if (npmStart.exitCode === null && npmStart.signalCode === null) process.kill(-npmStart.pid!, 'SIGKILL');
  });

  it('names the two commands, and the first shows all five steps, the sign-up and the order', () => {
    expect(commandsOf('Two commands')).toEqual(['npm start\nnpm test']);
    for (const step of ['(1) answer', '(2) outbox row', '(3) record', '(4) consumed', '(5) mail']) {
      expect(screen.split(step), step).toHaveLength(3);
    }
    expect(screen).toContain('first mail');
  });

  it('signs up and finds the mail; an address can sign up once', async () => {
    const [signUp, lookUp] = commandsOf('Try it');
    const member = JSON.parse(await type(signUp!)) as { email: string };
    expect(member).toMatchObject({ email: 'hana@example.com', name: '이하나' });
    await until('the mail is in the ledger', async () => (await type(lookUp!)).includes('"accepted"'));
    expect(JSON.parse(await type(signUp!))).toMatchObject({ type: '/problems/email-already-used', status: 409 });
  });

  it('gives the same answer to a sign-up that is sent again with its key', async () => {
    const signUpWithKey = commandsOf('Try it')[2]!;
    const member: unknown = JSON.parse(await type(signUpWithKey));
    expect(member).toMatchObject({ email: 'jisu@example.com' });
    expect(JSON.parse(await type(signUpWithKey))).toEqual(member);
  });

  it('shows that a killed part died and is back; what was accepted meanwhile is mailed', async () => {
    const [show, kill] = commandsOf('kill -9 anything');
    expect(await type(show!)).toContain('"log-broker"');
    await type(kill!);
    const [signUp, lookUp] = commandsOf('Try it').map((command) => command.replaceAll('hana@', 'duri@'));
    await type(signUp!);
    await shows(/log-broker .*SIGKILL/);
    await shows(/log-broker .* is back after/);
    await until('the mail is in the ledger', async () => (await type(lookUp!)).includes('"accepted"'));
  });

  it('stops everything at one Ctrl-C, and deletes the data on reset', async () => {
    const pids = readStackFile(dataFolder).parts.map(({ pid }) => pid);
    expect(pids.length).toBeGreaterThan(0);
    process.kill(-npmStart.pid!, 'SIGINT');
    await once(npmStart, 'exit');
    expect(screen).toMatch(/stopped in/);
    for (const pid of pids) expect(() => process.kill(pid, 0), String(pid)).toThrow('ESRCH');
    expect(await type(`npm run reset -- --data ${dataFolder}`)).toContain('Deleted');
  });

  it.each([
    ['npm run doctor', 'pinned Node'],
    ['npm run bus -- --help', 'npm run bus --'],
  ])('%s answers', async (command, answer) => {
    expect(README).toContain(`\`${command}\``);
    // What the doctor finds on this machine is not tested here.
    expect(await type(`${command} || true`)).toContain(answer);
  });
});
