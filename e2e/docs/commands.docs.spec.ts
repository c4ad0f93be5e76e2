import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { cleanUpLeftovers } from '../../tools/stack/clean-up-leftovers.ts';
import { cloneCheckout } from '../harness/clone-checkout.ts';
import { examplesOf } from '../harness/examples-of.ts';
import { CHECKOUT, commandsIn } from '../harness/readme.ts';
import { run, start } from '../harness/user-commands.ts';
import type { Result, Running } from '../harness/user-commands.ts';

const CONTAINERS = 'needs a container engine; .ci/containers runs them';
const SUITES = 'tests and checks of the repository itself; .ci/run runs them';
const README = 'e2e/readme.e2e.spec.ts types them, with the addresses of its own system';

/** What is not typed here. */
const ELSEWHERE: ReadonlyArray<readonly [RegExp, string]> = [
  [/^docker compose |^npm run tour -- --compose$/, CONTAINERS],
  [/^npm test( -- (--project unit|--project int packages\/messaging-client|e2e\/outages\.e2e\.spec\.ts))?$/, SUITES],
  [/^npm run check$/, SUITES],
  [/^curl |^cat \.data\/stack\.json$|^kill -9 /, README],
];

const DOCUMENTS = [
  'README.md',
  'CONTRIBUTING.md',
  'docs/bus.md',
  'docs/how-it-differs.md',
  'docs/nestjs-outbox.md',
  'docs/production.md',
  'docs/scale.md',
  'docs/start-here.md',
  'docs/when-not.md',
];

const isElsewhere = (command: string): boolean => ELSEWHERE.some(([pattern]) => pattern.test(command));
const typedOf = (path: string): string[] => commandsIn(path).filter((command) => !isElsewhere(command));

const parent = mkdtempSync(join(tmpdir(), 'docs-'));
const clone = join(parent, 'clone');
let system: Running | undefined;

beforeAll(() => cloneCheckout(clone));
afterAll(async () => {
  await stopSystem();
  await cleanUpLeftovers(join(clone, '.data'));
  rmSync(parent, { recursive: true });
});

async function startSystem(): Promise<void> {
  system = await start(clone, ['npm', 'start'], /Ctrl-C stops everything/);
}

async function stopSystem(): Promise<void> {
  await system?.interrupt();
  system = undefined;
}

function type(command: string): Promise<Result> {
  return run(clone, ['bash', '-c', command]);
}

test('what is not typed here is in the documents', () => {
  const commands = DOCUMENTS.flatMap(commandsIn);
  for (const [pattern] of ELSEWHERE)
    expect(
      commands.some((command) => pattern.test(command)),
      String(pattern),
    ).toBe(true);
  expect(DOCUMENTS.filter((path) => typedOf(path).some((command) => command !== 'npm start'))).toEqual([
    'CONTRIBUTING.md',
    'docs/bus.md',
    'docs/scale.md',
    'docs/start-here.md',
  ]);
});

/** Acts on a system in which nothing is wrong end with exit code 1 and a sentence. */
const NOTHING_TO_DO: ReadonlyArray<readonly [RegExp, string]> = [
  [/^npm run bus -- outbox (retry|drop) /, 'No rejected row matches.'],
  [/^npm run bus -- dead (redrive|drop) /, 'No open dead letter matches.'],
  [/^npm run bus -- replay .* --live$/, 'the group order-service has 1 member'],
];

describe('docs/bus.md', () => {
  const { files } = examplesOf(join(CHECKOUT, 'docs/bus.md'));

  beforeAll(async () => {
    for (const [path, content] of Object.entries(files)) writeFileSync(join(clone, path), content);
    await startSystem();
  });
  afterAll(async () => {
    await stopSystem();
    execFileSync('git', ['clean', '--quiet', '--force'], { cwd: clone });
  });

  test.each(typedOf('docs/bus.md').filter((command) => !command.includes(' --follow ')))('%s', async (command) => {
    const { code, output } = await type(command);
    const [, sentence] = NOTHING_TO_DO.find(([pattern]) => pattern.test(command)) ?? [];
    expect(code, output).toBe(sentence === undefined ? 0 : 1);
    expect(output).toContain(sentence ?? '');
  });

  test.each(typedOf('docs/bus.md').filter((command) => command.includes(' --follow ')))('%s', async (command) => {
    const follow = { hasShown: false };
    const following = start(clone, ['bash', '-c', command], /order\.completed/).then(async (running) => {
      follow.hasShown = true;
      await running.interrupt();
    });
    // It shows what is published from then on, and does not say when that is.
    while (!follow.hasShown) await type('npm run bus -- publish order.completed --example');
    await following;
  });
});

describe('docs/scale.md', () => {
  test.each(typedOf('docs/scale.md'))('%s', async (command) => {
    const { code, output } = await type(command);
    expect(code, output).toBe(0);
  });
});

describe('docs/start-here.md', () => {
  afterAll(stopSystem);

  // One step after the other, as a reader does them: with Ctrl-C before what is not typed beside the system.
  test.each(typedOf('docs/start-here.md'))('%s', async (command) => {
    if (!command.startsWith('npm run bus')) await stopSystem();
    if (command === 'npm start') return startSystem();
    const { code, output } = await type(command);
    expect(code, output).toBe(0);
  });

  test('nothing is left of the service', async () => {
    expect(await type('git status --porcelain')).toEqual({ code: 0, output: '' });
  });
});

describe('CONTRIBUTING.md', () => {
  beforeEach(async () => {
    expect(await type('git reset --quiet --hard && git clean --quiet --force -d')).toEqual({ code: 0, output: '' });
  });

  const typed = typedOf('CONTRIBUTING.md').filter((command) => command !== 'npm start');
  test.each(typed)('%s', async (command) => {
    const { code, output } = await type(command);
    expect(code, output).toBe(0);
  });
});
