import { afterAll, beforeAll, expect, test } from 'vitest';
import { EXPERIMENT_TIMEOUT_MS } from './basics/limits.ts';
import { loadExperiments } from './experiments/all.ts';
import type { NamedExperiment } from './experiments/all.ts';
import { failureOf, findSystem, isFound } from './harness/find-systems.ts';
import type { Found } from './harness/find-systems.ts';
import { missingCommands, runOn } from './harness/run-on.ts';
import { readResult } from './report/results.ts';
import { SYSTEM_NAMES } from './systems/names.ts';

// On log-broker, which is always there; `npm run lab -- --sabotage` does it on every system.
const SYSTEM = 'log-broker';
const all = await loadExperiments();
const experiments = all.filter(
  ({ run, sabotage }) => run[SYSTEM] !== undefined && !(sabotage.without ?? []).includes(SYSTEM),
);
const onClusters = all
  .filter(({ needsCluster }) => needsCluster)
  .flatMap((experiment) =>
    SYSTEM_NAMES.filter((name) => experiment.run[name] !== undefined).map((name) => ({
      id: experiment.id,
      name,
      experiment,
    })),
  );

const WITHIN = { timeout: 2 * EXPERIMENT_TIMEOUT_MS };

let system: Found;

beforeAll(async () => {
  const found = await findSystem(SYSTEM, {});
  if (!isFound(found)) throw new Error(found.reason.en);
  system = found;
});

afterAll(async () => system.close());

// Most of an experiment is waiting for messages that do not come, so several run at once; not beside one that kills the broker.
test.concurrent.for(experiments.filter(({ killsBroker = false }) => !killsBroker))(
  '$id: the verdict turns with the sabotage',
  WITHIN,
  verdictTurns,
);
test.for(experiments.filter(({ killsBroker = false }) => killsBroker))(
  '$id: the verdict turns with the sabotage',
  WITHIN,
  verdictTurns,
);

async function verdictTurns(experiment: NamedExperiment): Promise<void> {
  const { verdict } = await runOn(experiment, system, { quick: true, sabotaged: true, seed: 16 });
  expect(verdict).not.toBe(readResult(experiment).outcomes[SYSTEM]?.verdict);
}

// They kill brokers, so a cluster has to be given by the settings of lab/README.md.
test.for(onClusters)(
  '$id on $name: the verdict turns with the sabotage',
  WITHIN,
  async ({ name, experiment }, { skip }) => {
    const found = await findSystem(name);
    if (!isFound(found)) {
      skip(`not run: ${found.reason.en}`);
      return;
    }
    const reason = missingCommands(experiment, found);
    skip(reason !== undefined, `not run: ${reason?.en}`);
    const { verdict } = await runOn(experiment, found, { quick: true, sabotaged: true, seed: 16 });
    expect(verdict).not.toBe(readResult(experiment).outcomes[name]?.verdict);
  },
);

test('what listens at an address but is another system is reported with its place', async () => {
  const found = await findSystem('kafka', { LAB_KAFKA_BOOTSTRAP: system.address });
  expect(found).toEqual({
    name: 'kafka',
    reason: {
      en: `what listens at ${system.address} (LAB_KAFKA_BOOTSTRAP) does not work as Apache Kafka: it is log-broker`,
      ko: expect.stringContaining(`${system.address}(LAB_KAFKA_BOOTSTRAP)`),
    },
  });
});

test('an address where nothing listens is reported', async () => {
  const found = await findSystem('kafka', { LAB_KAFKA_BOOTSTRAP: '127.0.0.1:1' });
  expect(found).toEqual({
    name: 'kafka',
    reason: {
      en: 'Apache Kafka is not at 127.0.0.1:1 (LAB_KAFKA_BOOTSTRAP)',
      ko: '127.0.0.1:1에서 Apache Kafka의 응답이 없다 (LAB_KAFKA_BOOTSTRAP)',
    },
  });
});

test.for(['kafka', '127.0.0.1:65536'])('a setting that is no address is reported: %s', async (address) => {
  const reason = {
    en: 'LAB_KAFKA_BOOTSTRAP has no host and port',
    ko: 'LAB_KAFKA_BOOTSTRAP에 호스트와 포트가 없다',
  };
  expect(await findSystem('kafka', { LAB_KAFKA_BOOTSTRAP: address })).toEqual({ name: 'kafka', reason });
});

test('the failure of an experiment says that its broker has ended', async () => {
  const error = new AggregateError([new Error('closed'), new Error('closed')]);
  expect(await failureOf(error, system)).toBe('closed');
  expect(await failureOf(error, { ...system, address: '127.0.0.1:1' })).toBe(
    'log-broker is not at 127.0.0.1:1 any more: closed',
  );
});
