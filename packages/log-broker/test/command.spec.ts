import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const MAIN = join(import.meta.dirname, '../bin/log-broker.mjs');

it('a Node that does not run TypeScript is refused in one sentence that names the required version', () => {
  // An option makes the pinned Node behave like an older one here.
  const { status, stderr, stdout } = spawnSync(process.execPath, ['--no-experimental-strip-types', MAIN, '--help'], {
    encoding: 'utf8',
  });
  const { engines } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')) as {
    engines: { node: string };
  };
  const [, needed] =
    /^log-broker needs Node (\S+) or newer, and this is v\S+: get it from \S+, .*\.\n$/.exec(stderr) ?? [];
  expect(stderr).toMatch(/^log-broker needs Node/);
  expect(engines.node).toContain(needed);
  expect(stdout).toBe('');
  expect(status).toBe(1);
});
