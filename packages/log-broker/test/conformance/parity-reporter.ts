import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';
import type { ConformanceMeta } from './behaviour.ts';
import { parityTable } from './parity-table.ts';

export const PARITY_FILE = join(import.meta.dirname, '../../../../docs/broker-parity.md');

/** Writes docs/broker-parity.md after a run of the conformance suite on both brokers without a failure. */
export default class ParityReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const shown = tests.flatMap((test) => (test.meta() as { parity?: ConformanceMeta }).parity ?? []);
    const isComplete = errors.length === 0 && tests.every((test) => test.result().state === 'passed');
    const hasBoth = new Set(shown.map(({ broker }) => broker)).size === 2;
    if (!isComplete || !hasBoth) {
      process.stderr.write('docs/broker-parity.md is not written: that needs both brokers, and no failure.\n');
      return;
    }
    const before = readFileSync(PARITY_FILE, { encoding: 'utf8', flag: 'a+' });
    const now = parityTable(shown);
    if (now !== before) writeFileSync(PARITY_FILE, now);
    process.stdout.write(`docs/broker-parity.md ${now === before ? 'is up to date' : 'is written'}.\n`);
  }
}
