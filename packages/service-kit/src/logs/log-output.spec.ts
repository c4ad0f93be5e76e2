import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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
  it('loses lines without an error, and says how many once lines can be written again', () => {
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

  it('says what is lost so far', () => {
    const descriptor = openSync(FULL, 'w');
    const output = new LogOutput(descriptor, () => undefined);
    output.write('{}\n');
    output.write('{}\n');
    expect(output.lost).toMatchObject({ lines: 2, code: 'ENOSPC', since: expect.stringMatching(/^\d{4}-.*Z$/) });
    closeSync(descriptor);
  });
});
