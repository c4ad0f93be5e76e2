import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { jsonLogger, lineWriter } from './logger.ts';

/** A device on which every write fails with ENOSPC. */
const FULL = '/dev/full';

test.skipIf(!existsSync(FULL))(
  `log lines that a full disk refuses are counted, and reported when there is space again (skipped without ${FULL})`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'log-broker-log-'));
    const descriptor = openSync(FULL, 'w');
    const logger = jsonLogger(lineWriter(descriptor), 'info');
    logger('info', 'lost');
    logger('info', 'lost, too');
    // The lowest free number is used next: the same descriptor is a file with space now.
    closeSync(descriptor);
    expect(openSync(join(folder, 'log'), 'a')).toBe(descriptor);
    logger('info', 'kept');
    closeSync(descriptor);
    const lines = readFileSync(join(folder, 'log'), 'utf8').split('\n').filter(Boolean);
    rmSync(folder, { recursive: true });
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { message: 'kept' },
      { level: 'warn', message: 'log lines were lost: they could not be written', lines: 2 },
    ]);
  },
);
