import type { ViteUserConfig } from 'vitest/config';
import { POLL, RETRIES } from '../tools/test/busy-machine.ts';

/** A cluster that comes back elects leaders, copies what it missed, and only then is checked for completeness. */
const TEST_TIMEOUT_MS = 600_000;

/** The event catalog is read from its sources, as everywhere in tests. */
const source = { conditions: ['@event-bus/source'] };

/** Specs of a lane that has an npm script of its own, such as those that need containers or a browser; `npm test` leaves them out. */
export function laneConfig(lane: 'browser' | 'cluster' | 'docs' | 'generator' | 'packages' | 'secure'): ViteUserConfig {
  return {
    resolve: source,
    ssr: { resolve: { ...source, externalConditions: source.conditions } },
    test: {
      include: [`e2e/${lane}/**/*.${lane}.spec.ts`],
      reporters: ['default', './tools/test/count-reporter.ts'],
      // One system for all of them, and it has to be left alone to be measured.
      fileParallelism: false,
      testTimeout: TEST_TIMEOUT_MS,
      hookTimeout: TEST_TIMEOUT_MS,
      expect: POLL,
      retry: RETRIES,
    },
  };
}
