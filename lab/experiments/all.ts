import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Experiment } from '../harness/experiment.ts';

const FOLDER = import.meta.dirname;

export interface NamedExperiment extends Experiment {
  /** `04a`: the number, and a letter where a number has several sentences. */
  readonly id: string;
  /** The name of its file. */
  readonly name: string;
}

/** Every file whose name begins with a number. */
export async function loadExperiments(): Promise<NamedExperiment[]> {
  const files = readdirSync(FOLDER)
    .filter((file) => /^\d\d[a-z]?-.*\.ts$/.test(file))
    .sort();
  return Promise.all(
    files.map(async (file) => {
      const { experiment } = (await import(pathToFileURL(join(FOLDER, file)).href)) as { experiment: Experiment };
      const name = file.slice(0, -'.ts'.length);
      return { ...experiment, name, id: name.slice(0, name.indexOf('-')) };
    }),
  );
}
