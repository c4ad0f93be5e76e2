import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBroker } from '../src/index.ts';
import type { RunningBroker } from '../src/index.ts';
import { addressText } from '../src/config.ts';
import type { Address } from '../src/config.ts';
import { MemoryFileSystem } from '../src/storage/memory-with-faults.ts';
import { DescribeCluster } from '../src/wire/generated/describe-cluster.ts';
import { FindCoordinator } from '../src/wire/generated/find-coordinator.ts';
import { Metadata } from '../src/wire/generated/metadata.ts';
import { WireClient } from './wire-client.ts';

describe('a broker with two listeners', () => {
  const inside: Address = { host: 'broker', port: 19_092 };
  let broker: RunningBroker;

  beforeAll(async () => {
    const listen = [{ port: 0, advertise: inside }, { port: 0 }];
    const health = { host: '127.0.0.1', port: 0 };
    broker = await startBroker({ data: 'memory', files: new MemoryFileSystem(), listen, health });
  });

  afterAll(() => broker.close());

  it.each([
    ['the first, which advertises another address', 0, () => inside],
    ['the second, which advertises its own', 1, () => broker.addresses[1]!],
  ])('advertises to clients of %s the address that they can reach', async (_, index, advertised) => {
    const client = await WireClient.connect(addressText(broker.addresses[index]!));
    const { brokers } = await client.send(Metadata, 4, { topics: [], allowAutoTopicCreation: false });
    const { coordinators } = await client.send(FindCoordinator, 4, { keyType: 0, coordinatorKeys: ['group'] });
    const cluster = await client.send(DescribeCluster, 1, {
      includeClusterAuthorizedOperations: false,
      endpointType: 1,
    });
    client.close();
    expect([...brokers, ...(coordinators ?? []), ...cluster.brokers]).toMatchObject([
      advertised(),
      advertised(),
      advertised(),
    ]);
  });

  it('counts the connections of each', async () => {
    const [first, second] = broker.addresses.map(addressText);
    const client = await WireClient.connect(second!);
    await client.send(Metadata, 4, { topics: [], allowAutoTopicCreation: false });
    const metrics = await (await fetch(`http://127.0.0.1:${broker.healthPort}/metrics`)).text();
    client.close();
    expect(metrics).toContain(`log_broker_connections{listener="PLAINTEXT://${first}"} 0\n`);
    expect(metrics).toContain(`log_broker_connections{listener="PLAINTEXT://${second}"} 1\n`);
  });

  it('opens none of them if one cannot be opened', async () => {
    const taken = broker.addresses[1]!;
    const second = startBroker({ data: 'other', files: new MemoryFileSystem(), listen: [{ port: 0 }, taken] });
    await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
