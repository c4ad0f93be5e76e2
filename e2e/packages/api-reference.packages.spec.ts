import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { CHECKOUT } from '../../tools/tidy/repository-files.ts';
import { run } from '../harness/user-commands.ts';

const TYPEDOC = join(CHECKOUT, 'tools', 'release', 'node_modules', 'typedoc', 'bin', 'typedoc');
const CONFIG = join(CHECKOUT, 'tools', 'release', 'typedoc.config.mjs');

const folder = mkdtempSync(join(tmpdir(), 'api-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('all that the libraries export has a docstring, and is in the API reference', async () => {
  const { code, output } = await run(CHECKOUT, ['node', TYPEDOC, '--options', CONFIG, '--out', folder]);
  expect(code, output).toBe(0);
  expect(readdirSync(join(folder, 'modules'))).toEqual(
    expect.arrayContaining(['_event-bus_log-broker.html', '_event-bus_messaging-client_testing.html']),
  );
  expect(readdirSync(join(folder, 'classes'))).toContain('_event-bus_messaging-client.Outbox.html');
});
