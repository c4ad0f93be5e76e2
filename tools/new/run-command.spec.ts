import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Problem } from '../set-up/problem.mjs';
import type { Command, Given } from './command.ts';
import type { Step } from './plan.ts';
import { runCommand } from './run-command.ts';

let root: string;
let printed: string[];
let planned: Given | undefined;
let steps: Step[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'new-'));
  printed = [];
  planned = undefined;
  steps = [{ command: 'npm run list', args: ['-e', "require('fs').writeFileSync('made/list.md', 'made')"] }];
  writeFileSync(join(root, '.gitignore'), 'node_modules\ndist\n');
  writeFileSync(join(root, 'list.ts'), 'before');
  writeFileSync(join(root, 'old.ts'), 'old');
  const git = (...args: string[]): unknown => execFileSync('git', args, { cwd: root });
  git('init', '-q');
  git('add', '.');
  git('-c', 'user.name=a', '-c', 'user.email=a@example.com', 'commit', '-qm', 'first');
});
afterEach(() => rmSync(root, { recursive: true }));

const command: Command = {
  name: 'new:thing',
  summary: 'Adds a thing.',
  example: 'box --colour red',
  values: [
    {
      option: 'name',
      question: 'Name',
      check: (name) => {
        if (name === 'taken') throw new Problem('the name taken exists', 'Choose another.');
      },
    },
    { option: 'colour', question: 'Colour' },
    { option: 'size', question: 'Size', preset: ({ name }) => `${name}-size` },
    { option: 'label', question: 'Label', optional: true },
  ],
  plan: async (_root, given) => {
    planned = given;
    return {
      changes: new Map([
        ['list.ts', 'after'],
        ['made/thing.ts', 'thing'],
        ['old.ts', undefined],
      ]),
      generated: ['made/'],
      steps,
      next: ['Look at it.'],
    };
  },
};

async function run(args: readonly string[], answers?: readonly string[], what = command): Promise<string[]> {
  const left = [...(answers ?? [])];
  const questions: string[] = [];
  const ask = async (question: string): Promise<string> => {
    questions.push(question);
    return left.shift()!;
  };
  await runCommand(root, what, args, {
    ask: answers === undefined ? undefined : ask,
    print: (line) => void printed.push(line),
  });
  return questions;
}

function status(): string {
  return execFileSync('git', ['status', '--porcelain', '-uall'], { cwd: root, encoding: 'utf8' });
}

it('writes what was planned, runs what follows from it, and names every file', async () => {
  await run(['box', '--colour', 'red']);
  expect(planned).toEqual({ name: 'box', colour: 'red', size: 'box-size', label: undefined });
  expect(status()).toBe(' M list.ts\n D old.ts\n?? made/list.md\n?? made/thing.ts\n');
  expect(printed.map((line) => line.trim().replaceAll(/ +/g, ' '))).toEqual([
    '· npm run list …',
    'created made/list.md',
    'created made/thing.ts',
    'changed list.ts',
    'removed old.ts',
    '→ Look at it.',
  ]);
});

it('writes nothing in a dry run, and prints every file with its content', async () => {
  await run(['box', '--colour', 'red', '--dry-run']);
  expect(status()).toBe('');
  expect(printed.join('\n')).toMatch(/made\/thing\.ts\nthing.*old\.ts would be removed.*npm run list/s);
});

it('leaves every file as it was when a step fails after others were written', async () => {
  steps.push({ command: 'npm run broken', args: ['-e', "console.error('why it failed'); process.exit(1)"] });
  const failure = run(['box', '--colour', 'red']);
  await expect(failure).rejects.toThrow('npm run broken failed');
  await expect(failure).rejects.toMatchObject({ output: expect.stringContaining('why it failed') });
  expect(status()).toBe('');
  expect(existsSync(join(root, 'made'))).toBe(false);
});

it('refuses to change files that have changes which are not committed, names them, and does so with --force', async () => {
  writeFileSync(join(root, 'list.ts'), 'edited');
  await expect(run(['box', '--colour', 'red'])).rejects.toThrow('not committed: list.ts');
  expect(readFileSync(join(root, 'list.ts'), 'utf8')).toBe('edited');
  await run(['box', '--colour', 'red', '--force']);
  expect(readFileSync(join(root, 'list.ts'), 'utf8')).toBe('after');
});

it('does not mind changes in files that it does not touch', async () => {
  writeFileSync(join(root, 'other.ts'), 'new');
  await run(['box', '--colour', 'red']);
  expect(status()).toContain('?? made/thing.ts');
});

/** Takes back what `new:thing` has made. */
const removal: Command = {
  ...command,
  name: 'remove:thing',
  plan: async () => ({
    changes: new Map([
      ['list.ts', 'before'],
      ['made/thing.ts', undefined],
      ['made/list.md', undefined],
      ['old.ts', 'old'],
    ]),
    generated: [],
    removedFolders: ['made'],
    steps: [],
    next: [],
  }),
};

it('removes what was just made without a commit, with what was built in it, and leaves the tree as it was', async () => {
  await run(['box', '--colour', 'red']);
  mkdirSync(join(root, 'made', 'dist'));
  writeFileSync(join(root, 'made', 'dist', 'thing.js'), 'built');
  await run(['box', '--colour', 'red'], undefined, removal);
  expect(status()).toBe('');
  expect(existsSync(join(root, 'made'))).toBe(false);
});

it('removes a file that another command has changed since', async () => {
  await run(['box', '--colour', 'red']);
  const changes = new Map([['made/list.md', 'made twice']]);
  const lid = { ...command, plan: async () => ({ changes, generated: [], steps: [], next: [] }) };
  await run(['lid', '--colour', 'red', '--force'], undefined, lid);
  await run(['box', '--colour', 'red'], undefined, removal);
  expect(status()).toBe('');
});

it('does not remove a file that was edited since and is not committed, and names it', async () => {
  await run(['box', '--colour', 'red']);
  writeFileSync(join(root, 'made', 'thing.ts'), 'edited');
  await expect(run(['box', '--colour', 'red'], undefined, removal)).rejects.toThrow(
    /^changes that are not committed: made\/thing\.ts$/,
  );
  expect(readFileSync(join(root, 'made', 'thing.ts'), 'utf8')).toBe('edited');
});

it('asks for everything when it is run bare, and again after an answer that is refused', async () => {
  const questions = await run([], ['taken', 'box', 'red', '', '']);
  expect(questions).toEqual(['Name: ', 'Name: ', 'Colour: ', 'Size (box-size): ', 'Label (none): ']);
  expect(printed).toContain('✗ the name taken exists\n  Choose another.');
  expect(planned).toEqual({ name: 'box', colour: 'red', size: 'box-size', label: undefined });
});

it('asks only for what has no default when a name is given', async () => {
  expect(await run(['box'], ['red'])).toEqual(['Colour: ']);
});

it.each([
  [[], /^the name is missing/],
  [['box'], /^--colour is missing/],
  [['taken', '--colour', 'red'], /^the name taken exists/],
  [['a', 'b', '--colour', 'red'], /^"a b" is more than one name/],
  [['box', '--color', 'red'], /'--color'/],
])('%j, where no one can answer, is refused with a sentence that names it', async (args, sentence) => {
  await expect(run(args)).rejects.toThrow(sentence);
  expect(status()).toBe('');
});
