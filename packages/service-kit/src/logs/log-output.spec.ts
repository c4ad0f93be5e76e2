import { execFileSync } from 'node:child_process';
import { closeSync, constants, existsSync, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LOG_LINE_RETRY_MS, LOG_LINE_WAIT_MS_MAX } from '../limits.ts';
import { StructuredLogger } from './structured-logger.ts';
import { LogOutput } from './log-output.ts';

/** A device on which every write fails with ENOSPC. */
const FULL = '/dev/full';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'log-output-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(!existsSync(FULL))(`a log on a full disk (skipped without ${FULL})`, () => {
  it('loses lines without an error, and reports how many once lines can be written again', () => {
    const path = join(folder, 'log');
    const descriptor = openSync(FULL, 'w');
    const logger = new StructuredLogger({ service: 'member-service', level: 'info', descriptor });
    for (let n = 0; n < 3; n += 1) logger.log({ n }, 'lost');
    // The lowest number that is free is given out next: behind the same descriptor there is room now.
    closeSync(descriptor);
    expect(openSync(path, 'a')).toBe(descriptor);
    logger.log('kept');
    logger.log('kept, too');
    closeSync(descriptor);
    const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { msg: 'kept' },
      { level: 'warn', lines: 3, code: 'ENOSPC', msg: 'log lines were lost: they could not be written' },
      { msg: 'kept, too' },
    ]);
  });

  it('reports what is lost so far', () => {
    const descriptor = openSync(FULL, 'w');
    const output = new LogOutput(descriptor, () => undefined);
    output.write('{}\n');
    output.write('{}\n');
    expect(output.lost).toMatchObject({ lines: 2, code: 'ENOSPC', since: expect.stringMatching(/^\d{4}-.*Z$/) });
    closeSync(descriptor);
  });
});

it('a stalled reader is waited for once, not at every line, until it reads again', () => {
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const descriptor = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  const recovered = vi.fn<() => void>();
  const output = new LogOutput(descriptor, recovered);
  const waits = vi.spyOn(Atomics, 'wait');
  const line = `${'x'.repeat(1_000)}\n`;
  const waitsForOne = LOG_LINE_WAIT_MS_MAX / LOG_LINE_RETRY_MS;
  while (output.lost === undefined) output.write(line);
  for (let n = 0; n < 20; n += 1) output.write(line);
  expect(waits).toHaveBeenCalledTimes(waitsForOne);
  expect(output.lost).toMatchObject({ lines: 21, code: 'EAGAIN' });

  const read = readSync(reader, Buffer.alloc(1024 * 1024));
  output.write(line);
  expect(recovered).toHaveBeenCalledWith(expect.objectContaining({ lines: 21 }));
  while (output.lost === undefined) output.write(line);
  expect(waits).toHaveBeenCalledTimes(2 * waitsForOne);
  expect(read).toBeGreaterThan(0);
  waits.mockRestore();
  closeSync(descriptor);
  closeSync(reader);
});
