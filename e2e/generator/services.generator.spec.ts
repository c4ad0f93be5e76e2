import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../harness/user-commands.ts';
import type { Result } from '../harness/user-commands.ts';
import { cloneCheckout, commitAll, git } from '../harness/clone-checkout.ts';
import { NAMED, npmIn, npmOrThrow } from './npm-in.ts';

/** One of each effect. Each consumes what the one before publishes. */
const SERVICES = {
  'invoice-service': ['invoice', '--hears', 'order.completed', '--publishes', 'invoice.issued'],
  'reminder-service': [
    ...['reminder', '--hears', 'invoice.issued', '--publishes', 'reminder.sent'],
    ...['--effect', 'outside'],
  ],
  // Long names are written over several lines where short ones are not.
  'archive-of-all-reminders-service': [
    ...['archive-of-all-reminders', '--hears', 'reminder.sent', '--publishes', 'reminder.archived'],
    ...['--effect', 'repeatable'],
  ],
} as const;
const NAMES = Object.keys(SERVICES);

let parent: string;
let clone: string;
let base: string;

const npm = (script: string, ...args: string[]): Promise<Result> => npmIn(clone, script, ...args);
const mustRun = (script: string, ...args: string[]): Promise<string> => npmOrThrow(clone, script, ...args);
const status = (): string => git(clone, 'status', '--porcelain');

beforeAll(() => {
  parent = mkdtempSync(join(tmpdir(), 'generator-'));
  clone = join(parent, 'clone');
  cloneCheckout(clone);
  base = git(clone, 'rev-parse', 'HEAD').trim();
});
afterAll(() => {
  if (process.env['E2E_KEEP']) process.stderr.write(`kept ${clone}\n`);
  else rmSync(parent, { recursive: true });
});

describe('what is wrong', () => {
  it.each([
    [
      'new:service',
      ['big parcel', '--hears', 'order.completed'],
      '"big parcel-service" is not a name of a service: it has a space',
    ],
    ['new:service', ['order', '--hears', 'order.completed'], 'apps/order-service exists'],
    ['new:service', ['parcel', '--hears', 'parcel.sent'], 'the event parcel.sent does not exist'],
    ['new:service', ['parcel', '--hears', 'order.completed', '--effect', 'inside'], '"inside" is not an effect'],
    ['new:event', ['order.completed', '--owner', 'order'], 'the event order.completed exists'],
    ['new:event', ['parcel.sent', '--owner', 'parcel'], 'no service is named parcel'],
    ['remove:service', ['order'], 'order.completed by'],
  ])('npm run %s -- %j is refused with a sentence, and nothing is written', async (script, args, sentence) => {
    const { code, output } = await npm(script, ...args);
    expect(code).toBe(1);
    expect(output).toContain(sentence);
    expect(status()).toBe('');
  });

  it('a file that is not committed is named, and stays as it is', async () => {
    writeFileSync(join(clone, 'README.md'), 'edited');
    const { code, output } = await npm('new:service', ...SERVICES['invoice-service']);
    expect(code).toBe(1);
    expect(output).toContain('changes that are not committed: README.md');
    expect(status()).toBe(' M README.md\n');
    git(clone, 'restore', '.');
  });

  it('a port that two services have is named with both, and nothing is written', async () => {
    const path = join(clone, 'apps', 'order-service', 'service.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"port": 3002', '"port": 3001'));
    const { code, output } = await npm('generate');
    expect(code).toBe(1);
    expect(output).toContain('port 3001 is also that of apps/member-service/service.json. Take another one, such as');
    expect(status()).toBe(' M apps/order-service/service.json\n');
    git(clone, 'restore', '.');
  });
});

it('a service is removed right after it was added without a commit, and the tree is as before', async () => {
  await mustRun('new:service', ...SERVICES['invoice-service']);
  await mustRun('remove:service', 'invoice');
  expect(status()).toBe('');
});

describe('a service of each effect, and one more event', () => {
  beforeAll(async () => {
    for (const args of Object.values(SERVICES)) {
      await mustRun('new:service', ...args);
      commitAll(clone);
    }
    await mustRun('new:event', 'invoice.cancelled', '--owner', 'invoice');
    commitAll(clone);
  });

  it('pass every check', async () => {
    await mustRun('check');
  });

  it('pass their own specs', async () => {
    const output = await mustRun(
      'test',
      '--project',
      'unit',
      '--project',
      'int',
      ...NAMES.map((name) => `apps/${name}`),
    );
    expect(output).toContain('0 failed');
  });

  it('leave the unit specs of everything else as they are', async () => {
    const output = await mustRun('test', '--project', 'unit', ...NAMED);
    expect(output).toContain('0 failed');
  });

  it('handle an order, one after the other', async () => {
    const output = await inClone('test', '--project', 'e2e', 'e2e/generator');
    expect(output).toContain('1 passed, 0 failed');
  });

  it.skipIf(!hasEngine())('handle an order in containers, one after the other', async () => {
    const output = await inClone('test:embedded', 'e2e/generator');
    expect(output).toContain('0 failed');
  });

  it('leave nothing when they are removed', async () => {
    const refused = await npm('remove:service', 'invoice');
    expect(refused.output).toContain('invoice.issued by reminder-service');
    for (const name of NAMES.toReversed()) await mustRun('remove:service', name);
    git(clone, 'add', '--all');
    expect(git(clone, 'diff', '--cached', '--stat', base)).toBe('');
    expect(NAMES.filter((name) => existsSync(join(clone, 'apps', name)))).toEqual([]);
  });
});

/** A script of the clone, with the names of what was generated. */
async function inClone(script: string, ...args: string[]): Promise<string> {
  const { code, output } = await run(clone, [
    ...['env', `GENERATED_SERVICES=${NAMES.join(',')}`],
    ...['npm', 'run', '--silent', script, '--', ...args],
  ] as [string, ...string[]]);
  expect(code, output).toBe(0);
  return output;
}

function hasEngine(): boolean {
  try {
    execFileSync('docker', ['info'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
