/**
 * `npm run check`: all checks that do not run the product. All of them run, also when one fails; each prints a line with its
 * duration, and the output of the failed ones follows.
 */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

interface Check {
  readonly name: string;
  readonly command: readonly [program: string, ...args: string[]];
}

/** The slow ones first, so that no processor is idle at the end. */
const CHECKS: readonly Check[] = [
  { name: 'types', command: ['tsc', '-p', 'tsconfig.json'] },
  { name: 'types of the page', command: ['tsc', '-p', 'apps/console/web'] },
  { name: 'tidy and lockfile', command: ['vitest', 'run', '--project', 'unit', 'tools/tidy', 'tools/lockfile'] },
  { name: 'generated files', command: ['node', 'tools/generate/main.ts', '--check'] },
  { name: 'unused code', command: ['knip', '--no-progress'] },
  { name: 'lint', command: ['oxlint', '--type-aware'] },
  { name: 'format', command: ['oxfmt', '--check'] },
  { name: 'boundaries', command: ['turbo', 'boundaries', '--no-color'] },
  { name: 'import directions', command: ['node', 'tools/check/import-directions.ts'] },
  { name: 'contracts', command: ['node', 'tools/contracts/main.ts', 'check'] },
  { name: 'versions', command: ['sherif', '--no-install'] },
];

const CHECKOUT = join(import.meta.dirname, '..', '..');
const BIN = join(CHECKOUT, 'node_modules', '.bin');

interface Outcome {
  readonly check: Check;
  readonly passed: boolean;
  readonly output: string;
}

const waiting = [...CHECKS];
const outcomes: Outcome[] = [];
const startedAt = performance.now();
await Promise.all(Array.from({ length: availableParallelism() }, work));

const failed = outcomes.filter(({ passed }) => !passed);
for (const { check, output } of failed)
  console.log(`\n── ${check.name}: ${check.command.join(' ')}\n${output.trimEnd()}`);
const took = seconds(performance.now() - startedAt);
console.log(
  failed.length === 0
    ? `\nall checks passed, ${took}`
    : `\n${failed.length} of ${CHECKS.length} checks failed, ${took}`,
);
process.exitCode = failed.length === 0 ? 0 : 1;

async function work(): Promise<void> {
  for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
    const startedAt = performance.now();
    const outcome = await run(check);
    outcomes.push(outcome);
    console.log(`${outcome.passed ? '✓' : '✗'} ${check.name.padEnd(18)} ${seconds(performance.now() - startedAt)}`);
  }
}

function run(check: Check): Promise<Outcome> {
  const [program, ...args] = check.command;
  return new Promise((resolve) => {
    const child = spawn(join(BIN, program), args, {
      cwd: CHECKOUT,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1' },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('error', (error) => resolve({ check, passed: false, output: error.message }));
    child.once('close', (code) => resolve({ check, passed: code === 0, output }));
  });
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
