import { createRequire } from 'node:module';
import { PartitionAssigners, Kafka, logLevel } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { fetchRecordSets } from './fetch-record-sets.ts';
import type { ConsumerCluster } from './fetch-record-sets.ts';

const require = createRequire(import.meta.url);

describe('the seam to kafkajs', () => {
  it('was written for the version that is installed', () => {
    expect(require('kafkajs/package.json')).toMatchObject({ version: '2.2.4' });
  });

  it('is where kafkajs finds a broker, and where a broker finds how a response is decoded', async () => {
    let cluster: ConsumerCluster | undefined;
    new Kafka({ brokers: ['127.0.0.1:1'], logLevel: logLevel.NOTHING }).consumer({
      groupId: 'test',
      partitionAssigners: [
        (config) => {
          cluster = config.cluster as unknown as ConsumerCluster;
          return PartitionAssigners.roundRobin(config);
        },
      ],
    });
    expect(cluster!.findBroker).toBeTypeOf('function');
    const Broker = require('kafkajs/src/broker') as new (
      options: object,
    ) => Awaited<ReturnType<ConsumerCluster['findBroker']>>;
    const { versions } = require('kafkajs/src/protocol/requests').requests.Fetch as { versions: string[] };
    expect(versions.at(-1)).toBe('11');
    const logger = { namespace: () => logger };
    expect(new Broker({ connectionPool: { host: 'x', port: 1 }, logger }).lookupRequest).toBeTypeOf('function');
  });

  it('hands out the bytes of each partition, at every connection of a broker, and leaves other requests alone', async () => {
    const requests = require('kafkajs/src/protocol/requests') as {
      lookup(versions: Record<number, object>): Lookup;
      requests: Record<string, unknown>;
    };
    const lookup = (): Lookup =>
      requests.lookup({ 1: { minVersion: 0, maxVersion: 99 }, 3: { minVersion: 0, maxVersion: 99 } });
    const broker = { lookupRequest: lookup() };
    const cluster = { findBroker: async () => broker } as unknown as ConsumerCluster;
    fetchRecordSets(cluster);
    const before = broker.lookupRequest;
    await cluster.findBroker({ nodeId: '0' });
    const ours = broker.lookupRequest;
    await cluster.findBroker({ nodeId: '0' });
    expect(broker.lookupRequest).toBe(ours);
    const metadata = before(3, requests.requests['Metadata'])({ topics: [] });
    expect(ours(3, requests.requests['Metadata'])({ topics: [] }).response.decode).toBe(metadata.response.decode);
    broker.lookupRequest = lookup();
    await cluster.findBroker({ nodeId: '0' });
    const { response } = broker.lookupRequest(1, requests.requests['Fetch'])({ topics: [] });
    const recordSet = Buffer.from('bytes of batches');
    const decoded = await response.decode(fetchAnswer('things', 2, recordSet));
    expect(decoded).toMatchObject({
      responses: [
        { topicName: 'things', partitions: [{ partition: 2, errorCode: 0, messages: [{ fetched: { recordSet } }] }] },
      ],
    });
    // kafkajs looks for error codes in it.
    expect(await response.parse(decoded)).toBe(decoded);
  });
});

type Lookup = (
  key: number,
  definition: unknown,
) => (content: object) => {
  response: { decode(body: Buffer): Promise<unknown>; parse(decoded: unknown): Promise<unknown> };
};

/** Version 11: one topic with one partition. */
function fetchAnswer(topic: string, partition: number, recordSet: Buffer): Buffer {
  const head = Buffer.alloc(4 + 2 + 4 + 4 + 2);
  head.writeInt32BE(1, 10);
  head.writeInt16BE(topic.length, 14);
  const body = Buffer.alloc(4 + 4 + 2 + 8 + 8 + 8 + 4 + 4 + 4);
  body.writeInt32BE(1, 0);
  body.writeInt32BE(partition, 4);
  body.writeBigInt64BE(3n, 10);
  body.writeInt32BE(-1, 34);
  body.writeInt32BE(-1, 38);
  body.writeInt32BE(recordSet.length, 42);
  return Buffer.concat([head, Buffer.from(topic), body, recordSet]);
}
