import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { packPackages } from '../../tools/release/pack-packages.ts';
import { run } from '../harness/user-commands.ts';

const TOOLS = join(import.meta.dirname, '..', '..', 'tools', 'release', 'node_modules', '.bin');

/** Beside what is compiled. */
const FILES = ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'];
const FILES_OF: Readonly<Record<string, readonly string[]>> = {
  'log-broker': [...FILES, 'LICENSE-APACHE', 'NOT-IMPLEMENTED.md', 'NOTICE', 'bin/log-broker.mjs'],
};

const folder = mkdtempSync(join(tmpdir(), 'packed-'));
afterAll(() => rmSync(folder, { recursive: true }));
const packed = await packPackages(folder);

test('all four packages are packed', () => {
  expect(packed.map(({ name }) => basename(name)).sort()).toEqual([
    'event-catalog',
    'log-broker',
    'messaging-client',
    'service-kit',
  ]);
});

describe.each(packed)('$name', ({ folder: source, tarball, files }) => {
  test('holds what is compiled from each source that is not a spec, its documents, and nothing else', () => {
    const isBundled = basename(source) === 'log-broker';
    const sources = globSync('**/*.ts', { cwd: join(source, 'src') }).filter((path) => !path.endsWith('.spec.ts'));
    const ends = isBundled ? ['.d.ts'] : ['.js', '.js.map', '.d.ts'];
    const compiled = sources.flatMap((path) => ends.map((end) => `dist/${path.replace(/\.ts$/, end)}`));
    const bundles = isBundled
      ? files.filter((path) => /^dist\/(index|cli|chunks\/[a-z-]+)\.js(\.map)?$/.test(path))
      : [];
    expect(files).toEqual([...compiled, ...bundles, ...(FILES_OF[basename(source)] ?? FILES)].sort());
    expect(bundles.length).toBeLessThan(isBundled ? 20 : 1);
  });

  test('leads with every export to a file that it holds', async () => {
    const manifest = await run(folder, ['tar', 'xzOf', tarball, 'package/package.json']);
    const { exports } = JSON.parse(manifest.output) as { exports: Record<string, string | Record<string, string>> };
    const targets = Object.values(exports).flatMap((target) =>
      typeof target === 'string' ? target : Object.values(target),
    );
    expect(files).toEqual(expect.arrayContaining(targets.map((path) => path.replace('./', ''))));
    expect(manifest.output).not.toContain('@event-bus/source');
    expect(manifest.output).not.toMatch(/: "\*"/);
  });

  test('has the licence of the repository', () => {
    expect(readFileSync(join(source, 'LICENSE'), 'utf8')).toBe(readFileSync(join(source, '../../LICENSE'), 'utf8'));
  });

  test('passes publint', async () => {
    const { code, output } = await run(folder, [join(TOOLS, 'publint'), 'run', tarball, '--strict']);
    expect(code, output).toBe(0);
  });

  test('has types that resolve from ES modules and in bundlers', async () => {
    const { code, output } = await run(folder, [join(TOOLS, 'attw'), tarball, '--profile', 'esm-only', '--no-emoji']);
    expect(code, output).toBe(0);
  });
});
