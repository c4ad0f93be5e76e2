#!/usr/bin/env node
/**
 * What every npm script does: make the checkout ready, then run the task with the pinned Node.
 *
 *     node tools/run.mjs start|test|build|check|… [arguments of the task]
 *
 * It runs on any Node from 20 on and needs nothing installed, because it is what installs. The task has to be spawned:
 * on a fresh clone npm's shell has found the machine's own `node` before the pinned one was there.
 */
import { basename } from 'node:path';
import { buildWhenNeeded } from './set-up/build-when-needed.mjs';
import { checkManifestsWhenChanged } from './set-up/check-manifests-when-changed.mjs';
import { CHECKOUT, COMPILED } from './set-up/checkout.mjs';
import { compileBrokerWhenNeeded } from './set-up/compile-broker-when-needed.mjs';
import { installLabClients, installReleaseTools } from './set-up/install-tools.mjs';
import { installWhenNeeded } from './set-up/install-when-needed.mjs';
import { oneAtATime } from './set-up/one-at-a-time.mjs';
import { requirePinnedNode } from './set-up/pinned-node.mjs';
import { prepareDatabaseWhenNeeded } from './set-up/prepare-database-when-needed.mjs';
import { hasProblem, sayProblem } from './set-up/problem.mjs';
import { runInForeground } from './set-up/run-in-foreground.mjs';

const startedAt = performance.timeOrigin;

/** kafkajs computes a negative time-out where it means none, and newer Nodes print a warning (tulios/kafkajs#1751). */
const QUIET = '--disable-warning=TimeoutNegativeWarning';

/** The supervisor mostly waits: small code and few young objects save 10 MB. */
const SMALL = ['--max-semi-space-size=1', '--optimize-for-size'];

const BUILT = [checkManifestsWhenChanged, buildWhenNeeded];

/** What a task needs beside installed packages, and the arguments for node that run it. */
const TASKS = {
  start: {
    needs: [...BUILT, prepareDatabaseWhenNeeded, compileBrokerWhenNeeded],
    run: [QUIET, ...SMALL, 'tools/start/main.ts'],
  },
  test: { needs: [...BUILT, prepareDatabaseWhenNeeded], run: [QUIET, 'node_modules/vitest/vitest.mjs', 'run'] },
  build: { needs: BUILT, run: undefined },
  generate: { needs: [], run: ['tools/generate/main.ts'] },
  // The types of the lab are those of its clients.
  check: { needs: [installLabClients], run: ['tools/check/check.ts'] },
  reset: { needs: [], run: ['tools/reset.ts'] },
  bus: { needs: BUILT, run: [QUIET, 'tools/bus/main.ts'] },
  'new:event': { needs: [], run: ['tools/new/main.ts', 'new:event'] },
  'new:service': { needs: [], run: ['tools/new/main.ts', 'new:service'] },
  'remove:service': { needs: [], run: ['tools/new/main.ts', 'remove:service'] },
  rename: { needs: [], run: ['tools/new/main.ts', 'rename'] },
  contracts: { needs: [], run: ['tools/contracts/main.ts'] },
  bench: { needs: [...BUILT, prepareDatabaseWhenNeeded], run: [QUIET, 'bench/run.ts'] },
  lab: { needs: [...BUILT, prepareDatabaseWhenNeeded, installLabClients], run: [QUIET, 'lab/run.ts'] },
  crash: { needs: [...BUILT, prepareDatabaseWhenNeeded], run: [QUIET, 'e2e/crash/run.ts'] },
  browser: {
    needs: [...BUILT, prepareDatabaseWhenNeeded],
    run: [QUIET, 'node_modules/vitest/vitest.mjs', 'run', '--config', 'e2e/browser/vitest.config.ts'],
  },
  packages: {
    needs: [...BUILT, prepareDatabaseWhenNeeded, installReleaseTools],
    run: [QUIET, 'node_modules/vitest/vitest.mjs', 'run', '--config', 'e2e/packages/vitest.config.ts'],
  },
  docs: {
    needs: [...BUILT, prepareDatabaseWhenNeeded],
    run: [QUIET, 'node_modules/vitest/vitest.mjs', 'run', '--config', 'e2e/docs/vitest.config.ts'],
  },
  generator: {
    needs: [prepareDatabaseWhenNeeded],
    run: [QUIET, 'node_modules/vitest/vitest.mjs', 'run', '--config', 'e2e/generator/vitest.config.ts'],
  },
  pack: { needs: BUILT, run: ['tools/release/main.ts'] },
  changeset: { needs: [installReleaseTools], run: ['tools/release/node_modules/@changesets/cli/bin.js'] },
  'docs:api': {
    needs: [installReleaseTools],
    run: ['tools/release/node_modules/typedoc/bin/typedoc', '--options', 'tools/release/typedoc.config.mjs'],
  },
  pictures: { needs: [...BUILT, prepareDatabaseWhenNeeded], run: [QUIET, 'e2e/browser/take-pictures.ts'] },
  tour: { needs: BUILT, run: [QUIET, 'tools/compose/tour.ts'] },
  compose: { needs: BUILT, run: [QUIET, 'tools/compose/test.ts', 'compose'] },
  embedded: { needs: BUILT, run: [QUIET, 'tools/compose/test.ts', 'embedded'] },
  secure: { needs: BUILT, run: [QUIET, 'tools/compose/test.ts', 'secure'] },
  'embedded-secure': { needs: BUILT, run: [QUIET, 'tools/compose/test.ts', 'embedded-secure'] },
  cluster: { needs: BUILT, run: [QUIET, 'tools/compose/test.ts', 'cluster'] },
};

const [taskName = '', ...taskArguments] = process.argv.slice(2);
const task = Object.hasOwn(TASKS, taskName) ? TASKS[taskName] : undefined;
if (task === undefined) {
  console.error(`usage: node tools/${basename(import.meta.filename ?? 'run.mjs')} ${Object.keys(TASKS).join('|')}`);
  process.exit(2);
}

process.chdir(CHECKOUT);
try {
  const node = await oneAtATime(async () => {
    await installWhenNeeded();
    const pinned = requirePinnedNode();
    await Promise.all(task.needs.map((prepare) => prepare(pinned)));
    return pinned;
  });
  const setUpMs = Date.now() - startedAt;
  if (task.run !== undefined) {
    process.exitCode = await runInForeground(node, [...task.run, ...taskArguments], {
      EVENT_BUS_STARTED_AT: String(startedAt),
      EVENT_BUS_SET_UP_MS: String(Math.round(setUpMs)),
      // Types are stripped and code is compiled once: a quarter off the CPU time of a start.
      NODE_COMPILE_CACHE: COMPILED,
    });
  }
} catch (error) {
  if (!hasProblem(error)) throw error;
  sayProblem(error);
  process.exitCode = 1;
}
