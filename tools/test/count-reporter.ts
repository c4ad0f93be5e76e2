import type { Reporter, TestModule } from 'vitest/node';

/**
 * The run's last line, alone and always in one form, for a person to see at the bottom of a long log and for a script
 * to read: `12 passed, 0 failed`, and `, 1 skipped` where there are any.
 */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      // A file that cannot be read has no tests to count, a suite whose hook fails may have none that failed.
      if (module.state() === 'failed' && [...module.children.allTests('failed')].length === 0) count.failed += 1;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (test.diagnostic()?.flaky === true) {
          console.error(`Passed only the second time: ${test.fullName} (${module.relativeModuleId})`);
          // Vitest itself shows the errors of a test that failed in the end, and no others.
          for (const { stack, message } of test.result().errors ?? [])
            console.error(withoutLibraries(stack ?? message));
        }
        if (state === 'passed') count.passed += 1;
        else if (state === 'failed') count.failed += 1;
        else count.skipped += 1;
      }
    }
    if (count.passed + count.failed === 0) {
      process.exitCode = 1;
      console.error('No test ran: that proves nothing, so it counts as a failure.');
    }
    const line = `${count.passed} passed, ${count.failed} failed${count.skipped > 0 ? `, ${count.skipped} skipped` : ''}`;
    // After the other reporters, which write their summaries in this same turn.
    process.once('exit', () => console.log(line));
  }
}

function withoutLibraries(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => !line.includes('/node_modules/'))
    .join('\n');
}
