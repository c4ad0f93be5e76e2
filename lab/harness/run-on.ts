import { seededRandom } from '@event-bus/test-kit/seeded-random';
import { EXPERIMENT_TIMEOUT_MS } from '../basics/limits.ts';
import { Cleanup } from '../systems/cleanup.ts';
import { CONNECT } from '../systems/connect.ts';
import type { Client } from '../systems/system.ts';
import type { Experiment, Judgement, Lab, Seen } from './experiment.ts';
import type { Found } from './find-systems.ts';
import { withinTime } from './within-time.ts';

export interface Outcome extends Judgement {
  readonly seen: Seen;
  readonly tookMs: number;
}

export interface RunOptions {
  readonly quick: boolean;
  readonly sabotaged: boolean;
  readonly seed: number;
}

const open = new Set<Cleanup>();

/** For a run that is interrupted: deletes what its experiments have created so far, and ends what they have started. */
export async function closeAll(): Promise<void> {
  await Promise.allSettled([...open].map(async (cleanup) => cleanup.run()));
}

/** One experiment on one system. What it created there is deleted, whatever happens. */
export async function runOn(experiment: Experiment, system: Found, options: RunOptions): Promise<Outcome> {
  const startedAt = performance.now();
  const run = experiment.run[system.name] as ((client: Client, lab: Lab) => Promise<Seen>) | undefined;
  if (run === undefined) throw new Error(`the experiment has nothing to run on ${system.name}`);
  const client: Client = await CONNECT[system.name](system.address);
  const cleanup = new Cleanup();
  cleanup.add(async () => client.close());
  open.add(cleanup);
  try {
    const seen = await withinTime(
      run(client, {
        system: system.name,
        address: system.address,
        broker: system.broker,
        cluster: system.cluster,
        quick: options.quick,
        sabotaged: options.sabotaged,
        closeAtEnd: (close) => cleanup.add(close),
        random: seededRandom(options.seed),
      }),
      EXPERIMENT_TIMEOUT_MS,
    );
    return { seen, ...experiment.judge(seen, system.name), tookMs: Math.round(performance.now() - startedAt) };
  } finally {
    open.delete(cleanup);
    await cleanup.run();
  }
}
