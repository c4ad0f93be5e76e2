import type { LabCell, LabResults } from '../../apps/console/src/api.ts';
import type { NamedExperiment } from '../experiments/all.ts';
import { SYSTEMS, SYSTEM_NAMES } from '../systems/names.ts';
import type { StoredResult } from './results.ts';

/** What docs/lab.md shows, for programs: the console's page /lab reads it. */
export function summaryOf(
  experiments: readonly NamedExperiment[],
  results: ReadonlyMap<string, StoredResult>,
): LabResults {
  return {
    systems: SYSTEM_NAMES.map((name) => ({ name, title: SYSTEMS[name].title })),
    sentences: experiments.map((experiment) => ({
      id: experiment.id,
      claim: experiment.claim,
      tooSimple: experiment.tooSimple,
      method: experiment.method,
      sabotage: experiment.sabotage.what,
      cells: cellsOf(experiment, results.get(experiment.name)!),
    })),
  };
}

function cellsOf(experiment: NamedExperiment, result: StoredResult): LabCell[] {
  return SYSTEM_NAMES.map((system) => {
    const how = experiment.how[system] ?? null;
    const outcome = result.outcomes[system];
    if (outcome === undefined) {
      const why = experiment.notOffered?.[system] ?? result.notRun[system] ?? null;
      return { system, how, verdict: null, why, figure: null, version: null, run: null };
    }
    const { verdict, reason, figure, version, date, seed, machine, quick = false } = outcome;
    const size = quick ? ', size of --quick' : '';
    return { system, how, verdict, why: reason, figure, version, run: `${date}, seed ${seed}${size}, ${machine}` };
  });
}
