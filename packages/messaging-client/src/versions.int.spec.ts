import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Deployments } from '../test/deployments.ts';
import type { Step } from '../test/deployments.ts';
import { useBus } from '../test/use-bus.ts';

const bus = useBus();
let deployments: Deployments;
beforeEach(() => {
  deployments = new Deployments(bus);
});
afterEach(async () => deployments.stop());

/** Deploys step by step under traffic, and lets some events be handled in each state. */
async function deploy(...steps: [publisher: Step, consumer: Step, ...rest: Step[]]): Promise<void> {
  const [publisher, consumer, ...rest] = steps;
  await deployments.deploy(publisher);
  await deployments.deploy(consumer);
  deployments.startTraffic();
  await deployments.handlesMore();
  for (const step of rest) {
    await deployments.deploy(step);
    await deployments.handlesMore();
  }
}

async function expectOnceInOrder(): Promise<void> {
  const { published, handled } = await deployments.outcome();
  expect(handled).toEqual(published);
  expect(await deployments.deadLetters()).toEqual([]);
}

describe('a new version that is published beside the old one', () => {
  it.each<[string, [Step, Step, Step, Step]]>([
    ['the publisher, then the consumer', ['publisher of v1', 'consumer of v1', 'publisher of both', 'consumer of v2']],
    ['the consumer, then the publisher', ['publisher of v1', 'consumer of v1', 'consumer of v2', 'publisher of both']],
    [
      'the publisher back, then the consumer',
      ['publisher of both', 'consumer of v2', 'publisher of v1', 'consumer of v1'],
    ],
    [
      'the consumer back, then the publisher',
      ['publisher of both', 'consumer of v2', 'consumer of v1', 'publisher of v1'],
    ],
  ])(
    'deploying %s: every event takes effect once, in order, and none waits',
    async (_, steps) => {
      await deploy(...steps);
      await expectOnceInOrder();
      expect(deployments.parked).toBe(0);
      expect(deployments.handledVersions).toContain('v2');
    },
    180_000,
  );
});

describe('a new version that replaces the old one', () => {
  it('waits, with its keys, when the publisher is deployed first, and is handled once and in order by the new consumer', async () => {
    await deploy('publisher of v1', 'consumer of v1');
    await deployments.deploy('publisher of v2');
    await deployments.parksSome();
    await deployments.endTraffic();
    await deployments.deploy('consumer of v2');
    await expectOnceInOrder();
  }, 180_000);

  it('is handled at once when the consumer is deployed first, which reads what is still published in the old one', async () => {
    await deploy('publisher of v1', 'consumer of v1', 'consumer of v2', 'publisher of v2');
    await expectOnceInOrder();
    expect(deployments.parked).toBe(0);
    expect(deployments.handledVersions).toEqual(new Set(['v1', 'v2']));
  }, 180_000);
});
