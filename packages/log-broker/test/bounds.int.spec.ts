import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBroker } from '../src/index.ts';
import type { RunningBroker } from '../src/index.ts';
import { ApiVersions } from '../src/wire/generated/api-versions.ts';
import { Fetch } from '../src/wire/generated/fetch.ts';
import { Metadata } from '../src/wire/generated/metadata.ts';
import { Produce } from '../src/wire/generated/produce.ts';
import { encodeBatch } from '../src/wire/record-batch.ts';
import { temporaryFolder } from './broker-process.ts';
import { WireClient } from './wire-client.ts';

describe('a broker and misbehaving clients', () => {
  const folder = temporaryFolder();
  const log: { message: string; reason?: unknown }[] = [];
  let broker: RunningBroker;
  let address = '';

  beforeAll(async () => {
    const logger = (_level: string, message: string, facts: Record<string, unknown> = {}) =>
      void log.push({ message, reason: facts.reason });
    const health = { host: '127.0.0.1', port: 0 };
    broker = await startBroker({ data: folder.path, listen: { port: 0 }, maxConnections: 20, health, logger });
    address = `${broker.host}:${broker.port}`;
  });

  afterAll(async () => {
    await broker.close();
    folder.remove();
  });

  it('closes the connection of a client that sends random bytes, and logs the reason', async () => {
    const client = await WireClient.connect(address);
    client.socket.write(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    await once(client.socket, 'close');
    expect(log.at(-1)).toMatchObject({ message: 'connection closed' });
    expect(String(log.at(-1)?.reason)).toContain('request of 1195725856 bytes');
  });

  it('answers a newer ApiVersions in version 0 with its own versions', async () => {
    const client = await WireClient.connect(address);
    client.sendFrame(Buffer.from([0, 18, 0, 99, 0, 0, 0, 7, 255, 255]));
    const frame = await client.nextFrame();
    expect(frame.readInt32BE(0)).toBe(7);
    expect(frame.readInt16BE(4)).toBe(35);
    client.close();
  });

  it('refuses connections beyond its limit and accepts new ones when others are closed', async () => {
    const clients = await Promise.all(Array.from({ length: 20 }, () => WireClient.connect(address)));
    await Promise.all(clients.map((client) => client.send(ApiVersions, 0, {})));
    const refused = connect({ host: broker.host, port: broker.port });
    await once(refused, 'close');
    const closed = once(clients[0]?.socket as NodeJS.EventEmitter, 'close');
    for (const client of clients) client.close();
    await closed;
    const again = await WireClient.connect(address);
    expect((await again.send(ApiVersions, 0, {})).errorCode).toBe(0);
    again.close();
  });

  it('delays a fetch until a record arrives', async () => {
    const writer = await WireClient.connect(address);
    const reader = await WireClient.connect(address);
    const topics = [{ name: 'parked', topicId: '' }];
    await writer.send(Metadata, 4, { topics, allowAutoTopicCreation: true });
    const wanted = {
      partition: 0,
      currentLeaderEpoch: -1,
      fetchOffset: 0,
      logStartOffset: -1,
      partitionMaxBytes: 9_999,
    };
    const request = { replicaId: -1, maxWaitMs: 20_000, minBytes: 1, maxBytes: 9_999, isolationLevel: 0 };
    const partitions = [{ ...wanted, lastFetchedEpoch: -1, replicaDirectoryId: '', highWatermark: 0 }];
    const fetched = reader.send(Fetch, 5, { ...request, topics: [{ topic: 'parked', topicId: '', partitions }] });
    const records = encodeBatch({ records: [{ key: null, value: Buffer.from('at last') }], timestamp: 1 });
    const topicData = [{ name: 'parked', topicId: '', partitionData: [{ index: 0, records }] }];
    await writer.send(Produce, 3, { transactionalId: null, acks: 1, timeoutMs: 1_000, topicData });
    expect(String((await fetched).responses[0]?.partitions[0]?.records)).toContain('at last');
    writer.close();
    reader.close();
  });

  it('can drop an answer on request: the record is written, and the client does not know', async () => {
    broker.faults.on(Produce.key, { do: 'drop answer' });
    const client = await WireClient.connect(address);
    const records = encodeBatch({ records: [{ key: null, value: Buffer.from('unknown') }], timestamp: 1 });
    const topicData = [{ name: 'parked', topicId: '', partitionData: [{ index: 0, records }] }];
    const request = { transactionalId: null, acks: 1, timeoutMs: 1_000, topicData };
    await expect(client.send(Produce, 3, request)).rejects.toThrow('connection closed');
    const again = await WireClient.connect(address);
    const answer = await again.send(Produce, 3, request);
    expect(answer.responses[0]?.partitionResponses[0]?.baseOffset).toBe(2);
    again.close();
  });

  it('reports its health and its metrics', async () => {
    const health = await fetch(`http://127.0.0.1:${broker.healthPort}/health`);
    expect(await health.json()).toEqual({ status: 'ok', failedPartitions: [] });
    const metrics = await (await fetch(`http://127.0.0.1:${broker.healthPort}/metrics`)).text();
    expect(metrics).toContain('log_broker_log_end_offset{topic="parked",partition="0"} 3');
  });
});
