import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  Kafka,
  logLevel,
  ResourcePatternTypes,
} from 'kafkajs';
import { afterEach, expect, test } from 'vitest';
import { MemoryFileSystem, startBroker } from '../../packages/log-broker/src/index.ts';
import type { RunningBroker } from '../../packages/log-broker/src/index.ts';
import { loadExperiments } from '../experiments/all.ts';
import { failureOf, findSystem, isFound } from './find-systems.ts';
import { runOn } from './run-on.ts';

/** Writes some megabytes. */
const EXPERIMENT = '10a';
const CAPACITY_BYTES = 200_000;

let broker: RunningBroker | undefined;

afterEach(async () => broker?.close());

function addressOf({ host, port }: RunningBroker): string {
  return `${host}:${port}`;
}

/** @returns what the lab says of an experiment that cannot be run */
async function failureAt(address: string): Promise<string> {
  const experiment = (await loadExperiments()).find(({ id }) => id === EXPERIMENT)!;
  const system = await findSystem('log-broker', { LAB_LOG_BROKER_BOOTSTRAP: address });
  if (!isFound(system)) return system.reason.en;
  const error: unknown = await runOn(experiment, system, { quick: true, sabotaged: false, seed: 16 }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error === undefined ? 'none' : failureOf(error, system);
}

async function topicsOf(address: string): Promise<string[]> {
  const admin = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const topics = await admin.listTopics();
  await admin.disconnect();
  return topics.filter((topic) => !topic.startsWith('__'));
}

async function allowOneTopic({ host, port }: Pick<RunningBroker, 'host' | 'port'>): Promise<void> {
  const sasl = { mechanism: 'scram-sha-256', username: 'operator', password: 'operator!' } as const;
  const admin = new Kafka({ brokers: [`${host}:${port}`], sasl, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const entry = {
    principal: 'User:ANONYMOUS',
    host: '*',
    operation: AclOperationTypes.ALL,
    permissionType: AclPermissionTypes.ALLOW,
    resourceType: AclResourceTypes.TOPIC,
    resourceName: 'of-others',
    resourcePatternType: ResourcePatternTypes.LITERAL,
  };
  await admin.createAcls({ acl: [entry] });
  await admin.disconnect();
}

test('on a full disk an experiment fails with the error of the broker, and leaves no topic', async () => {
  const files = new MemoryFileSystem();
  broker = await startBroker({ files, data: '/data', listen: { port: 0 } });
  const address = addressOf(broker);
  files.capacityBytes = CAPACITY_BYTES;
  expect(await failureAt(address)).toMatch(/disk|storage/i);
  expect(await topicsOf(address)).toEqual([]);
});

test('a broker that gives no permission is reported with what it does not allow', async () => {
  broker = await startBroker({
    files: new MemoryFileSystem(),
    data: '/data',
    listen: [{ port: 0 }, { port: 0, security: 'SASL_PLAINTEXT' }],
    users: { operator: 'operator!' },
    superUsers: ['User:operator'],
  });
  // Once there is one entry, what none allows is denied.
  await allowOneTopic(broker.addresses[1]!);
  const address = addressOf(broker);
  expect(await findSystem('log-broker', { LAB_LOG_BROKER_BOOTSTRAP: address })).toMatchObject({
    name: 'log-broker',
    reason: {
      en: expect.stringMatching(new RegExp(`${address} .* does not work as log-broker: .*authorization`, 'i')),
    },
  });
});
