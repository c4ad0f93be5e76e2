import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const PROGRAM = `
  const { parseOptions } = await import(${JSON.stringify(join(import.meta.dirname, 'parse-options.ts'))});
  const { values } = parseOptions('npm run it -- [--short]', { options: { short: { type: 'boolean' } } });
  console.log(values.short);`;

async function run(...args: string[]): Promise<{ code: unknown; output: string; errors: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['--input-type=module', '-e', PROGRAM, '--', ...args], (error, output, errors) =>
      resolve({ code: error?.code ?? 0, output, errors }),
    );
  });
}

it('an option that a command does not have is named, with the usage', async () => {
  expect(await run('--shorter')).toMatchObject({
    code: 2,
    errors: "Unknown option '--shorter'\nnpm run it -- [--short]\n",
  });
});

it('the usage is the answer to --help', async () => {
  expect(await run('--help')).toEqual({ code: 0, output: 'npm run it -- [--short]\n', errors: '' });
});

it('the options of a command are read', async () => {
  expect(await run('--short')).toMatchObject({ code: 0, output: 'true\n' });
});
