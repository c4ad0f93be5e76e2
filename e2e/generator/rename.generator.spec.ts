import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cloneCheckout, commitAll, git } from '../harness/clone-checkout.ts';
import { NAMED, npmIn, npmOrThrow } from './npm-in.ts';

const NAME = '@acme/corner-shop';

/** Ours, in every spelling. Written in pieces, because this file is renamed with the others. */
const OURS = ['event', 'bus'];
const SPELLINGS = `${OURS.join('[-_]?')}|${['이벤트', '버스'].join('')}`;
const TITLE = OURS.map((word) => `${word[0]!.toUpperCase()}${word.slice(1)}`).join(' ');

let parent: string;
let clone: string;
const status = (): string => git(clone, 'status', '--porcelain');

beforeAll(() => {
  parent = mkdtempSync(join(tmpdir(), 'rename-'));
  clone = join(parent, 'clone');
  cloneCheckout(clone);
});
afterAll(() => {
  if (process.env['E2E_KEEP']) process.stderr.write(`kept ${clone}\n`);
  else rmSync(parent, { recursive: true });
});

describe('what is wrong', () => {
  it.each([
    ['corner-shop', '"corner-shop" is not a scope and a name'],
    ['@Acme/shop', '"Acme" is not a name of a scope: it has a capital letter'],
    ['@acme/corner shop', '"corner shop" is not a name of a project: it has a space'],
    ['@nestjs/shop', '@nestjs is the scope of packages that are installed'],
    ['@acme/kafka', 'a part of the system is named kafka'],
  ])('%s is refused with a sentence, and nothing is written', async (name, sentence) => {
    const { code, output } = await npmIn(clone, 'rename', name);
    expect(code).toBe(1);
    expect(output).toContain(sentence);
    expect(status()).toBe('');
  });

  it('a file that is not committed is named, and stays as it is', async () => {
    writeFileSync(join(clone, 'notes.md'), 'mine');
    const { code, output } = await npmIn(clone, 'rename', NAME);
    expect(code).toBe(1);
    expect(output).toContain('changes that are not committed: notes.md');
    expect(status()).toBe('?? notes.md\n');
    rmSync(join(clone, 'notes.md'));
  });

  it('a dry run writes nothing', async () => {
    const output = await npmOrThrow(clone, 'rename', NAME, '--dry-run');
    expect(output).toContain('── contracts/asyncapi/corner-shop.json');
    expect(status()).toBe('');
  });
});

describe('a renamed copy', () => {
  beforeAll(async () => {
    await npmOrThrow(clone, 'rename', NAME);
    commitAll(clone);
  });

  it('has our name in no file, except for the copyright', () => {
    expect(filesWith('-liE', SPELLINGS)).toEqual([]);
    expect(new Set(filesWith('-l', TITLE).map((path) => basename(path)))).toEqual(new Set(['LICENSE']));
    const paths = git(clone, 'ls-files').toLowerCase();
    expect(paths).not.toMatch(new RegExp(SPELLINGS));
  });

  it('passes every check', async () => {
    await npmOrThrow(clone, 'check');
    expect(status()).toBe('');
  });

  it('passes its unit specs, and signs members up', async () => {
    await npmOrThrow(clone, 'test', '--project', 'unit', ...NAMED);
    await npmOrThrow(clone, 'test', '--project', 'int', 'apps/member-service');
    expect(status()).toBe('');
  });
});

function filesWith(option: string, pattern: string): string[] {
  // git fails when no file has it.
  const found = spawnSync('git', ['grep', option, pattern], { cwd: clone, encoding: 'utf8' });
  return found.stdout.split('\n').filter((path) => path !== '');
}
