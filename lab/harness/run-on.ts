import { EXPERIMENT_TIMEOUT_MS } from '../basics/limits.ts';
import { seededRandom } from '../basics/random.ts';
import { CONNECT } from '../systems/connect.ts';
import type { Client } from '../systems/system.ts';
import type { Experiment, Judgement, Lab, Seen } from './experiment.ts';
import type { Found } from './find-systems.ts';

export interface Outcome extends Judgement {
  readonly seen: Seen;
  readonly tookMs: number;
}

export interface RunOptions {
  readonly quick: boolean;
  readonly sabotaged: boolean;
  readonly seed: number;
}

const openClients = new Set<Client>();

/** For a run that is interrupted: deletes what its experiments have created so far. */
export async function closeClients(): Promise<void> {
  await Promise.allSettled([...openClients].map(async (client) => client.close()));
}

/** One experiment on one system. What it created there is deleted, whatever happens. */
export async function runOn(experiment: Experiment, system: Found, options: RunOptions): Promise<Outcome> {
  const startedAt = performance.now();
  const run = experiment.run[system.name] as ((client: Client, lab: Lab) => Promise<Seen>) | undefined;
  if (run === undefined) throw new Error(`the experiment has nothing to run on ${system.name}`);
  const client: Client = await CONNECT[system.name](system.address);
  openClients.add(client);
  try {
    const seen = await withinTime(
      run(client, {
        system: system.name,
        address: system.address,
        quick: options.quick,
        sabotaged: options.sabotaged,
        random: seededRandom(options.seed),
      }),
    );
    return { seen, ...experiment.judge(seen, system.name), tookMs: Math.round(performance.now() - startedAt) };
  } finally {
    openClients.delete(client);
    await client.close();
  }
}

async function withinTime<Value>(work: Promise<Value>): Promise<Value> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`no result in ${EXPERIMENT_TIMEOUT_MS / 1_000} s`)),
    EXPERIMENT_TIMEOUT_MS,
  );
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
