import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { allPaths, CHECKOUT } from '../tidy/repository-files.ts';
import { findWrongImports } from './find-wrong-imports.ts';
import { LAYERS } from './layers.ts';

const layers = { 'p/src': ['main.ts', 'network requests', '*', 'limits.ts'] };

function check(...imports: readonly string[]): string[] {
  return findWrongImports(
    imports.map((text) => {
      const [from, to] = text.split(' > ') as [string, string];
      return { from: `p/src/${from}`, to: `p/src/${to}` };
    }),
    layers,
  );
}

describe('imports', () => {
  test('may go down and stay in their layer', () => {
    expect(check('main.ts > limits.ts', 'network/tcp.ts > requests/fetch.ts', 'log/log.ts > topics/topic.ts')).toEqual(
      [],
    );
  });

  test('that go up are refused with both files, both layers and what to do', () => {
    const [problem, ...others] = check('log/log.ts > network/tcp.ts');
    expect(others).toEqual([]);
    expect(problem).toMatch(
      /^p\/src\/log\/log\.ts imports p\/src\/network\/tcp\.ts: log is below network .*\n {2}Move /,
    );
  });

  test('that form a cycle of folders are refused, although no two files import each other', () => {
    const [problem, ...others] = check(
      'log/log.ts > topics/topic.ts',
      'topics/registry.ts > wire/bytes.ts',
      'wire/frame.ts > log/segment.ts',
    );
    expect(others).toEqual([]);
    expect(problem).toContain('Import cycle in p/src: log → topics → wire → log\n');
    expect(problem).toContain('\n  p/src/topics/registry.ts imports p/src/wire/bytes.ts\n');
  });

  test('that form a cycle of files in one folder are refused', () => {
    expect(check('log/a.ts > log/b.ts', 'log/b.ts > log/a.ts')).toMatchObject([
      expect.stringContaining('Import cycle in p/src/log: a.ts → b.ts → a.ts'),
    ]);
  });

  test('between a folder and a file beside it are compared by the file, not by the folder that holds both', () => {
    expect(check('log/open.ts > log/disk/file.ts', 'log/disk/file.ts > log/types.ts')).toEqual([]);
  });

  test('of what no layer names are refused', () => {
    expect(findWrongImports([{ from: 'q/new.ts', to: 'q/old.ts' }], { q: ['old.ts'] })).toMatchObject([
      expect.stringContaining('q/new.ts has no layer'),
    ]);
  });
});

describe('layers.ts', () => {
  test('declares every package, and names only what exists', () => {
    const packages = new Set(allPaths().flatMap((path) => /^packages\/[^/]+\/src(?=\/)/.exec(path)?.[0] ?? []));
    expect(Object.keys(LAYERS)).toEqual(expect.arrayContaining([...packages]));
    const missing = Object.entries(LAYERS).flatMap(([folder, names]) =>
      names
        .flatMap((layer) => layer.split(' '))
        .map((name) => join(folder, name))
        .filter((path) => !path.includes('*') && !existsSync(join(CHECKOUT, path))),
    );
    expect(missing).toEqual([]);
  });
});
