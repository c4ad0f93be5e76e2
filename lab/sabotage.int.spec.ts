import { afterAll, beforeAll, expect, test } from 'vitest';
import { EXPERIMENT_TIMEOUT_MS } from './basics/limits.ts';
import { loadExperiments } from './experiments/all.ts';
import { findSystem, isFound } from './harness/find-systems.ts';
import type { Found } from './harness/find-systems.ts';
import { runOn } from './harness/run-on.ts';
import { readResult } from './report/results.ts';

// On log-broker, which is always there; `npm run lab -- --sabotage` does it on every system, and with a cluster.
const SYSTEM = 'log-broker';
const experiments = (await loadExperiments()).filter(
  ({ run, sabotage }) => run[SYSTEM] !== undefined && !(sabotage.without ?? []).includes(SYSTEM),
);

let system: Found;

beforeAll(async () => {
  const found = await findSystem(SYSTEM, {});
  if (!isFound(found)) throw new Error(found.reason.en);
  system = found;
});

afterAll(async () => system.close());

test.for(experiments)(
  '$id: the verdict turns with the sabotage',
  { timeout: 2 * EXPERIMENT_TIMEOUT_MS },
  async (experiment) => {
    const { verdict } = await runOn(experiment, system, { quick: true, sabotaged: true, seed: 16 });
    expect(verdict).not.toBe(readResult(experiment).outcomes[SYSTEM]?.verdict);
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
