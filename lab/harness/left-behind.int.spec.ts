import { until } from '@event-bus/test-kit/until';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MemoryFileSystem, startBroker } from '../../packages/log-broker/src/index.ts';
import type { RunningBroker } from '../../packages/log-broker/src/index.ts';
import { loadExperiments } from '../experiments/all.ts';
import type { Client, Queue, Settlement } from '../systems/system.ts';
import type { Lab } from './experiment.ts';
import { findSystem, isFound, messageOf } from './find-systems.ts';
import { runOn } from './run-on.ts';

const template = (await loadExperiments()).find(({ id }) => id === '04a')!;

let broker: RunningBroker;
let address: string;

beforeAll(async () => {
  const place = { host: '127.0.0.1', port: 0 };
  broker = await startBroker({ files: new MemoryFileSystem(), data: '/data', listen: place, health: place });
  address = `${broker.host}:${broker.port}`;
});

afterAll(async () => broker.close());

/** Runs an experiment on the broker. @returns why it failed */
async function failureOf(work: (client: Client, lab: Lab) => Promise<void>): Promise<string> {
  const system = await findSystem('log-broker', { LAB_LOG_BROKER_BOOTSTRAP: address });
  if (!isFound(system)) return system.reason.en;
  const run = async (client: Client, lab: Lab): Promise<Record<string, number>> => {
    await work(client, lab);
    return {};
  };
  return runOn({ ...template, run: { 'log-broker': run } }, system, { quick: true, sabotaged: false, seed: 16 }).then(
    () => 'none',
    (error: unknown) => messageOf(error),
  );
}

/** A consumer whose handler has begun, and does not end by itself. */
async function holdOne(queue: Queue): Promise<void> {
  await queue.send([{ key: 'key', body: 'held' }]);
  const begun = Promise.withResolvers<void>();
  await queue.consume({ acknowledge: 'after' }, async () => {
    begun.resolve();
    return new Promise<Settlement>(() => {});
  });
  await begun.promise;
}

async function groups(): Promise<string[]> {
  const admin = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const listed = await admin.listGroups();
  await admin.disconnect();
  return listed.groups.map(({ groupId }) => groupId);
}

async function untilNobodyIsConnected(): Promise<void> {
  await until('no connection to the broker', async () => {
    const response = await fetch(`http://127.0.0.1:${broker.healthPort}/metrics`);
    return /^log_broker_connections\{.*\} 0$/m.test(await response.text());
  });
}

test('an experiment that fails in the middle leaves no consumer, and neither its group nor a connection', async () => {
  const failure = await failureOf(async (client) => {
    await holdOne(await client.create());
    throw new Error('broken');
  });
  // And not that the group cannot be deleted, because it has members.
  expect(failure).toBe('broken');
  expect(await groups()).toEqual([]);
  await untilNobodyIsConnected();
});

test('nor one that was still joining its group', async () => {
  const failure = await failureOf(async (client) => {
    const queue = await client.create();
    await holdOne(queue);
    queue.consume({ acknowledge: 'after' }, async () => 'done').catch(() => {});
    throw new Error('broken');
  });
  expect(failure).toBe('broken');
  expect(await groups()).toEqual([]);
  await untilNobodyIsConnected();
});

test('an experiment that ends without stopping its consumers leaves none either', async () => {
  expect(await failureOf(async (client) => holdOne(await client.create()))).toBe('none');
  expect(await groups()).toEqual([]);
  await untilNobodyIsConnected();
});

test('an experiment that has ended starts no consumer any more', async () => {
  let late: Queue;
  await failureOf(async (client) => {
    late = await client.create();
  });
  await expect(late!.consume({ acknowledge: 'after' }, async () => 'done')).rejects.toThrow('the experiment has ended');
  await untilNobodyIsConnected();
});
