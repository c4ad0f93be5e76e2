/**
 * Runs the sentences of the notes on real brokers, and says of each whether it holds.
 *
 *     npm run lab -- [number…] [system…] [--quick [--store]|--sabotage|--pages] [--seed N] [--require system,…]
 *
 * Results go to the screen, to lab/results and from there to docs/lab.md, docs/lab.ko.md and docs/lab. `--quick` is smaller and
 * writes nothing unless `--store` is given, too: it fails when a verdict is not the one in lab/results. lab/README.md has the rest.
 */
import { parseOptions } from '../tools/start/parse-options.ts';
import type { Text } from './basics/text.ts';
import { loadExperiments } from './experiments/all.ts';
import type { NamedExperiment } from './experiments/all.ts';
import { failureOf, findSystem, isFound } from './harness/find-systems.ts';
import type { Found } from './harness/find-systems.ts';
import { closeAll, missingCommands, runOn } from './harness/run-on.ts';
import type { Outcome } from './harness/run-on.ts';
import { changeOf, expectedSeconds, rememberNotRun, rememberOutcome } from './report/results.ts';
import { writePages } from './report/write-pages.ts';
import { SYSTEM_NAMES, SYSTEMS } from './systems/names.ts';
import type { SystemName } from './systems/names.ts';

const DEFAULT_SEED = 16;

const USAGE =
  'npm run lab -- [number…] [system…] [--quick [--store]|--sabotage|--pages] [--seed N] [--require system,…]; see lab/README.md';

const { values: flags, positionals } = parseOptions(USAGE, {
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    sabotage: { type: 'boolean', default: false },
    store: { type: 'boolean', default: false },
    pages: { type: 'boolean', default: false },
    seed: { type: 'string', default: String(DEFAULT_SEED) },
    require: { type: 'string', default: '' },
  },
});

const all = await loadExperiments();
if (flags.pages) {
  writePages(all);
  process.exit(0);
}
const seed = Number(flags.seed);
if (!Number.isSafeInteger(seed)) refuse(`--seed is a whole number, not ${flags.seed}`);

const wantedSystems = positionals.filter((name): name is SystemName => isSystem(name));
const wantedIds = positionals.filter((name) => !isSystem(name));
const unknown = [
  ...wantedIds.filter((wanted) => !all.some((experiment) => isCalled(experiment, wanted))),
  ...flags.require.split(',').filter((name) => name !== '' && !isSystem(name)),
];
if (unknown.length > 0) {
  const known = [...all.map(({ id }) => id), ...SYSTEM_NAMES];
  refuse(`no experiment and no system is called ${unknown.join(', ')}; there are ${known.join(', ')}`);
}
const experiments = all.filter(
  (experiment) => wantedIds.length === 0 || wantedIds.some((wanted) => isCalled(experiment, wanted)),
);

interface Step {
  readonly experiment: NamedExperiment;
  readonly system: Found;
}

const isStored = !flags.sabotage && (!flags.quick || flags.store);

const problems: string[] = [];
let ran = 0;
const notRun = new Map<SystemName, Text>();
const systems: Found[] = [];
let interrupted: Promise<void> | undefined;
// A second signal, as npm and timeout pass one on, does not cut the clean-up off.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    interrupted ??= closeAll()
      .then(closeSystems)
      .finally(() => process.exit(1));
  });
}

for (const name of SYSTEM_NAMES.filter((name) => wantedSystems.length === 0 || wantedSystems.includes(name))) {
  const system = await findSystem(name);
  if (isFound(system)) {
    systems.push(system);
    console.log(`${SYSTEMS[name].title} ${system.version}, at ${withoutPassword(system.address)}`);
    continue;
  }
  notRun.set(name, system.reason);
  console.log(`not run: ${system.reason.en}`);
  if (flags.require.split(',').includes(name)) problems.push(`${name} is required, but ${system.reason.en}`);
}

try {
  await runAll();
} finally {
  await closeSystems();
}
if (isStored) writePages(all);
if (ran === 0 && problems.length === 0) problems.push('nothing was run');

console.log('');
for (const problem of problems) console.log(`✗ ${problem}`);
if (problems.length === 0) console.log(closingLine());
process.exit(problems.length === 0 ? 0 : 1);

/** Verdicts do not depend on time, so systems are run side by side where no figures are stored. */
async function runAll(): Promise<void> {
  if (isStored) {
    for (const [name, reason] of notRun) for (const experiment of experiments) rememberNotRun(experiment, name, reason);
    return runInTurn(experiments.flatMap((experiment) => systems.map((system) => ({ experiment, system }))));
  }
  for (const experiment of experiments) showTitle(experiment);
  console.log('');
  await Promise.all(
    systems.map(async (system) => runInTurn(experiments.map((experiment) => ({ experiment, system })))),
  );
}

async function runInTurn(wanted: readonly Step[]): Promise<void> {
  const steps = wanted.filter(({ experiment, system }) => experiment.run[system.name] !== undefined);
  let titled: NamedExperiment | undefined;
  for (const [at, { experiment, system }] of steps.entries()) {
    if (isStored && titled !== experiment) {
      titled = experiment;
      showTitle(experiment);
    }
    showProgress(`${at + 1} of ${steps.length}, ${timeLeft(steps.slice(at))}`, system);
    await runStep(experiment, system);
  }
}

async function runStep(experiment: NamedExperiment, system: Found): Promise<void> {
  const what = `${experiment.id} on ${system.name}`;
  const mustTurn = !(experiment.sabotage.without ?? []).includes(system.name);
  if (flags.sabotage && !mustTurn) return;
  const reason = missingCommands(experiment, system);
  if (reason !== undefined) {
    showLine(experiment, system, `not run: ${reason.en}`);
    if (isStored) rememberNotRun(experiment, system.name, reason);
    return;
  }
  try {
    const outcome = await runOn(experiment, system, { quick: flags.quick, sabotaged: flags.sabotage, seed });
    ran++;
    showOutcome(experiment, system, outcome);
    const change = changeOf(experiment, system.name, outcome);
    if (flags.sabotage) {
      if (change === undefined) problems.push(`${what}: the verdict is the same with the sabotage`);
    } else if (!isStored) {
      if (change !== undefined) problems.push(`${what}: “${experiment.claim.en}”: ${change}`);
    } else rememberOutcome(experiment, system, outcome, { seed, quick: flags.quick });
  } catch (error) {
    const reason = await failureOf(error, system);
    showLine(experiment, system, `failed: ${reason}`);
    problems.push(`${what}: ${reason}`);
  }
}

function showTitle({ id, claim, method, sabotage }: NamedExperiment): void {
  console.log(`\n${id}  ${claim.en}\n     ${method.en}`);
  if (flags.sabotage) console.log(`     sabotage: ${sabotage.what.en}`);
}

function showOutcome(experiment: NamedExperiment, system: Found, { verdict, reason, figure, tookMs }: Outcome): void {
  showLine(
    experiment,
    system,
    `${verdict.toUpperCase().padEnd(14)} ${reason.en} (${figure.en}) ${(tookMs / 1_000).toFixed(1)} s`,
  );
}

function showProgress(text: string, { name }: Found): void {
  if (process.stdout.isTTY) process.stdout.write(`\r\u001b[K    ${name} … ${text}`);
}

function showLine({ id }: NamedExperiment, { name }: Found, text: string): void {
  if (process.stdout.isTTY) process.stdout.write('\r\u001b[K');
  console.log(`  ${id.padEnd(3)} ${name.padEnd(16)} ${text}`);
}

function timeLeft(steps: readonly Step[]): string {
  const seconds = steps.reduce((sum, { experiment, system }) => sum + expectedSeconds(experiment, system.name), 0);
  return seconds < 90 ? `about ${Math.ceil(seconds)} s left` : `about ${Math.ceil(seconds / 60)} min left`;
}

function closingLine(): string {
  if (flags.sabotage) return '✓ every verdict turned';
  if (!isStored) return '✓ every verdict is the one in lab/results';
  return '✓ written: lab/results, docs/lab.md, docs/lab.ko.md, docs/lab';
}

async function closeSystems(): Promise<void> {
  for (const system of systems.splice(0)) await system.close();
}

/** `4` is 04a and 04b. */
function isCalled({ id }: NamedExperiment, wanted: string): boolean {
  return [id, id.replace(/^0/, ''), id.replace(/[a-z]$/, ''), id.replace(/^0|[a-z]$/g, '')].includes(wanted);
}

function isSystem(name: string): boolean {
  return Object.hasOwn(SYSTEMS, name);
}

function withoutPassword(address: string): string {
  return address.replace(/\/\/[^@/]*@/, '//');
}

function refuse(message: string): never {
  console.error(message);
  process.exit(2);
}
