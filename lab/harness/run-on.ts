import { seededRandom } from '@event-bus/test-kit/seeded-random';
import { EXPERIMENT_TIMEOUT_MS } from '../basics/limits.ts';
import type { Text } from '../basics/text.ts';
import { Cleanup } from '../systems/cleanup.ts';
import { CONNECT } from '../systems/connect.ts';
import { SYSTEMS } from '../systems/names.ts';
import type { Client } from '../systems/system.ts';
import type { BrokerSwitch, Experiment, Judgement, Lab, Seen } from './experiment.ts';
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

/**
 * One experiment on one system. What it created there is deleted, and a broker that it killed runs again, whatever happens.
 * When the end fails, too, both errors are told: the second follows from the first, mostly.
 */
export async function runOn(experiment: Experiment, system: Found, options: RunOptions): Promise<Outcome> {
  const startedAt = performance.now();
  const run = experiment.run[system.name] as ((client: Client, lab: Lab) => Promise<Seen>) | undefined;
  if (run === undefined) throw new Error(`the experiment has nothing to run on ${system.name}`);
  const client: Client = await CONNECT[system.name](system.address);
  const cleanup = new Cleanup();
  cleanup.add(async () => client.close());
  const broker = system.broker && runningAtEnd(system.broker, cleanup);
  open.add(cleanup);
  const problems: unknown[] = [];
  let seen: Seen = {};
  try {
    seen = await withinTime(
      run(client, {
        system: system.name,
        address: system.address,
        broker,
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
  } catch (error) {
    problems.push(error);
  }
  await withinTime(cleanup.run(), EXPERIMENT_TIMEOUT_MS).catch((error: unknown) => problems.push(error));
  // Not before: a run that is interrupted now waits for the end of it.
  open.delete(cleanup);
  if (problems.length > 0) throw problems.length === 1 ? problems[0] : new AggregateError(problems);
  return { seen, ...experiment.judge(seen, system.name), tookMs: Math.round(performance.now() - startedAt) };
}

/** The same broker, started at the end where the experiment has left it dead: the next ones need it, and so does the clean-up. */
function runningAtEnd(broker: BrokerSwitch, cleanup: Cleanup): BrokerSwitch {
  let isDown = false;
  let hasEnded = false;
  let starting: Promise<void> | undefined;
  const start = async (): Promise<void> => {
    starting ??= broker
      .start()
      .then(() => {
        isDown = false;
      })
      .finally(() => {
        starting = undefined;
      });
    return starting;
  };
  cleanup.add(async () => {
    hasEnded = true;
    if (isDown) await start();
  });
  return {
    kill: async () => {
      // One that took too long goes on, beside the next.
      if (hasEnded) throw new Error('the experiment has ended');
      isDown = true;
      await broker.kill();
    },
    start,
  };
}
