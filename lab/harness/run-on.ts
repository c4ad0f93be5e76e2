import { seededRandom } from '@event-bus/test-kit/seeded-random';
import { EXPERIMENT_TIMEOUT_MS } from '../basics/limits.ts';
import type { Text } from '../basics/text.ts';
import { Cleanup } from '../systems/cleanup.ts';
import { CONNECT } from '../systems/connect.ts';
import { SYSTEMS } from '../systems/names.ts';
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

/** Why an experiment cannot be run on a system that is there; undefined when it can. */
export function missingCommands(experiment: Experiment, { name, broker, cluster, ensemble }: Found): Text | undefined {
  const { title } = SYSTEMS[name];
  if (experiment.killsBroker === true && broker === undefined)
    return {
      en: `no commands to kill and start ${title} were given`,
      ko: `${title}: 강제로 끝내고 다시 시작하는 명령이 없다`,
    };
  if (experiment.needsCluster === true && cluster === undefined)
    return {
      en: `no commands to kill and start single brokers of ${title} were given`,
      ko: `${title}: 브로커 하나만 강제로 끝내고 다시 시작하는 명령이 없다`,
    };
  if (experiment.needsEnsemble === true && name === 'kafka-zookeeper' && ensemble === undefined)
    return {
      en: 'no commands to kill and start single servers of a ZooKeeper ensemble were given',
      ko: 'ZooKeeper 앙상블의 서버 하나만 강제로 끝내고 다시 시작하는 명령이 없다',
    };
  return undefined;
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
        ensemble: system.ensemble,
        usage: system.usage,
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
