import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem, type } from 'node:os';
import { join } from 'node:path';
import type { Text } from '../basics/text.ts';
import type { NamedExperiment } from '../experiments/all.ts';
import type { Found } from '../harness/find-systems.ts';
import type { Outcome, RunOptions } from '../harness/run-on.ts';
import type { SystemName } from '../systems/names.ts';

const RESULTS = join(import.meta.dirname, '..', 'results');

/** For an experiment that never ran on a system. */
const USUAL_SECONDS = 20;

/** Of one experiment on one system. Without the circumstances a figure means nothing. */
export interface StoredOutcome extends Outcome {
  readonly version: string;
  readonly date: string;
  readonly machine: string;
  readonly node: string;
  readonly seed: number;
  /** Of a run with `--quick`, where the full size takes too long. */
  readonly quick?: true;
}

export interface StoredResult {
  readonly name: string;
  readonly outcomes: Partial<Record<SystemName, StoredOutcome>>;
  /** Why it did not run, for systems without an outcome. */
  readonly notRun: Partial<Record<SystemName, Text>>;
}

export function readResults(): StoredResult[] {
  if (!existsSync(RESULTS)) return [];
  return readdirSync(RESULTS)
    .filter((file) => file.endsWith('.json'))
    .map((file) => JSON.parse(readFileSync(join(RESULTS, file), 'utf8')) as StoredResult);
}

export function readResult({ name }: { readonly name: string }): StoredResult {
  const file = fileOf(name);
  if (!existsSync(file)) return { name, outcomes: {}, notRun: {} };
  return JSON.parse(readFileSync(file, 'utf8')) as StoredResult;
}

export function rememberOutcome(
  experiment: NamedExperiment,
  system: Found,
  outcome: Outcome,
  { seed, quick }: Pick<RunOptions, 'seed' | 'quick'>,
): void {
  const result = readResult(experiment);
  const [cpu] = cpus();
  const stored: StoredOutcome = {
    version: system.version,
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} × ${cpu?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GB, ${type()}, load ${loadavg()[0]!.toFixed(0)}`,
    node: process.version,
    seed,
    ...(quick && { quick }),
    ...outcome,
  };
  const { [system.name]: _, ...notRun } = result.notRun;
  write({ ...result, outcomes: { ...result.outcomes, [system.name]: stored }, notRun });
}

/** An earlier outcome stays: it has its date. */
export function rememberNotRun(experiment: NamedExperiment, system: SystemName, reason: Text): void {
  const result = readResult(experiment);
  if (result.outcomes[system] !== undefined) return;
  write({ ...result, notRun: { ...result.notRun, [system]: reason } });
}

/** How an outcome differs from the stored one; undefined when it does not. */
export function changeOf(experiment: NamedExperiment, system: SystemName, outcome: Outcome): string | undefined {
  const stored = readResult(experiment).outcomes[system];
  if (stored === undefined)
    return `there is no stored verdict; store one with: npm run lab -- ${experiment.id} ${system}`;
  const [before, now] = [stored, outcome].map(({ verdict, reason }) => `${verdict} (${reason.en})`);
  return before === now ? undefined : `was “${before}”, is “${now}”`;
}

export function expectedSeconds(experiment: NamedExperiment, system: SystemName): number {
  const tookMs = readResult(experiment).outcomes[system]?.tookMs;
  return tookMs === undefined ? USUAL_SECONDS : tookMs / 1_000;
}

function write(result: StoredResult): void {
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(fileOf(result.name), `${JSON.stringify(result, undefined, 2)}\n`);
}

function fileOf(name: string): string {
  return join(RESULTS, `${name}.json`);
}
