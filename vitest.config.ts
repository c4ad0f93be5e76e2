import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { givenAddresses } from './e2e/harness/addresses.ts';
import { POLL, RETRIES } from './tools/test/busy-machine.ts';
import LongWaitsFirst from './tools/test/long-waits-first.ts';

// The lane is in the file name: *.spec.ts needs nothing, *.int.spec.ts starts real parts, *.e2e.spec.ts the whole system.
const source = { conditions: ['@event-bus/source'] };
const isGiven = process.env['E2E_COMPOSE_PROJECT'] !== undefined || givenAddresses() !== undefined;
const shared = {
  resolve: source,
  ssr: { resolve: { conditions: source.conditions, externalConditions: source.conditions } },
};

export default defineConfig({
  ...shared,
  test: {
    reporters: ['default', './tools/test/count-reporter.ts'],
    sequence: { sequencer: LongWaitsFirst },
    // Most of a test of real parts is waiting for them.
    maxWorkers: Math.max(6, availableParallelism() - 1),
    // The module cache ignores changes of tsconfig and has shown stale results.
    fsModuleCache: false,
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          include: ['{apps,packages,tools,lab}/**/*.spec.{ts,tsx}'],
          exclude: ['**/node_modules/**', '**/dist/**', '**/*.int.spec.ts'],
          // These bounds, and those below, are for what hangs: a machine that does other things as well takes its time.
          testTimeout: 60_000,
          expect: POLL,
          // Starting a process for each file would take longer than the tests.
          isolate: false,
          retry: RETRIES,
        },
      },
      {
        ...shared,
        test: {
          name: 'int',
          include: ['{apps,packages,tools,lab}/**/*.int.spec.ts'],
          exclude: ['**/node_modules/**', '**/dist/**'],
          globalSetup: ['./tools/test/postgres-for-tests.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          expect: POLL,
          retry: RETRIES,
        },
      },
      {
        ...shared,
        test: {
          name: 'e2e',
          include: ['e2e/**/*.e2e.spec.ts'],
          exclude: [
            // What only containers have is tested where there are some: npm run test:compose.
            ...(process.env['E2E_COMPOSE_PROJECT'] === undefined ? ['e2e/compose/**'] : []),
            // Generated services are in the clone that npm run test:generator makes.
            ...(process.env['GENERATED_SERVICES'] === undefined ? ['e2e/generator/**'] : []),
          ],
          // Each file starts a whole system, two at once beside nothing else: what they measure is the product. One that is given
          // is shared by all files.
          maxWorkers: isGiven ? 1 : 2,
          sequence: { groupOrder: 1 },
          testTimeout: 300_000,
          hookTimeout: 300_000,
          expect: POLL,
          retry: RETRIES,
        },
      },
    ],
  },
});
