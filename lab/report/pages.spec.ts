import { expect, test } from 'vitest';
import { loadExperiments } from '../experiments/all.ts';
import { SYSTEM_NAMES } from '../systems/names.ts';
import type { SystemName } from '../systems/names.ts';
import { readResults } from './results.ts';
import { stalePages } from './write-pages.ts';

const experiments = await loadExperiments();

test('docs/lab.md, docs/lab.ko.md and docs/lab are what npm run lab -- --pages makes of lab/results', () => {
  expect(stalePages(experiments)).toEqual([]);
});

test('every stored result belongs to an experiment', () => {
  const names = experiments.map(({ name }) => name);
  expect(readResults().filter(({ name }) => !names.includes(name))).toEqual([]);
});

test('an experiment says why it is not run on a system', () => {
  const silent = experiments.flatMap(({ id, run, notOffered }) =>
    SYSTEM_NAMES.filter((name) => run[name] === undefined && notOffered?.[name] === undefined).map((name) => [
      id,
      name,
    ]),
  );
  expect(silent).toEqual([]);
});

test('a stored verdict is the one that the experiment makes of the stored numbers', () => {
  const stored = readResults().flatMap(({ name, outcomes }) =>
    Object.entries(outcomes).map(([system, outcome]) => ({ name, system: system as SystemName, outcome })),
  );
  expect(stored.length).toBeGreaterThan(0);
  for (const { name, system, outcome } of stored) {
    const experiment = experiments.find((one) => one.name === name)!;
    const { verdict, reason, figure } = outcome;
    expect({ name, system, ...experiment.judge(outcome.seen, system) }).toEqual({
      name,
      system,
      verdict,
      reason,
      figure,
    });
  }
});
