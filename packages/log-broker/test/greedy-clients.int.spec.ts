import { once } from 'node:events';
import { until } from '@event-bus/test-kit/until';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryFileSystem, startBroker } from '../src/index.ts';
import type { BrokerSettings, RunningBroker } from '../src/index.ts';
import {
  ANSWER_BYTES_IN_FLIGHT_MAX,
  FETCH_RESPONSE_BYTES_MAX,
  GROUP_BYTES_MAX,
  PARKED_FETCH_BYTES_MAX,
  PARKED_PARTITION_BYTES,
  REQUEST_BYTES_IN_FLIGHT_MAX,
  REQUEST_ELEMENTS_MAX,
} from '../src/limits.ts';
import { ErrorCode } from '../src/wire/error-code.ts';
import { ApiVersions } from '../src/wire/generated/api-versions.ts';
import { Fetch } from '../src/wire/generated/fetch.ts';
import type { FetchRequest } from '../src/wire/generated/fetch.ts';
import { JoinGroup } from '../src/wire/generated/join-group.ts';
import { Metadata } from '../src/wire/generated/metadata.ts';
import { Produce } from '../src/wire/generated/produce.ts';
import { encodeBatch } from '../src/wire/record-batch.ts';
import { encodeRequest } from './broker-in-memory.ts';
import { WireClient } from './wire-client.ts';

const MEGABYTE = 1024 * 1024;
const TOPIC = 'greed';
/** Of a megabyte each: one more than there is room for. */
const READERS = ANSWER_BYTES_IN_FLIGHT_MAX / MEGABYTE + 1;
/** So many megabytes do not fit into the buffers of the kernel. */
const ANSWERS = 20;

/** The broker counts the bytes that it holds for clients: the process's memory would show little. */
describe('a broker and clients that want more than their share', () => {
  const reasons: string[] = [];
  const clients: WireClient[] = [];
  let broker: RunningBroker;

  async function start(settings: Partial<BrokerSettings> = {}): Promise<void> {
    broker = await startBroker({
      data: 'memory',
      files: new MemoryFileSystem(),
      listen: { port: 0 },
      health: { host: '127.0.0.1', port: 0 },
      logger: (_level, message, facts) => void (message === 'connection closed' && reasons.push(String(facts?.reason))),
      ...settings,
    });
  }
  beforeEach(() => void reasons.splice(0));
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await broker.close();
  });

  async function connect(): Promise<WireClient> {
    const client = await WireClient.connect(`${broker.host}:${broker.port}`);
    clients.push(client);
    return client;
  }

  async function gauge(name: string): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${broker.healthPort}/metrics`)).text();
    return Number(new RegExp(`^log_broker_${name} (.+)$`, 'm').exec(text)?.[1]);
  }

  async function produce(client: WireClient, bytes: number): Promise<number> {
    const records = encodeBatch({ records: [{ key: null, value: Buffer.alloc(bytes) }], timestamp: 1 });
    const topicData = [{ name: TOPIC, topicId: '', partitionData: [{ index: 0, records }] }];
    const answer = await client.send(Produce, 3, { transactionalId: null, acks: 1, timeoutMs: 1_000, topicData });
    return answer.responses[0]!.partitionResponses[0]!.errorCode;
  }

  async function createTopic(client: WireClient): Promise<void> {
    await client.send(Metadata, 4, { topics: [{ name: TOPIC, topicId: '' }], allowAutoTopicCreation: true });
  }

  function fetchOf(request: Partial<FetchRequest>, partitions = 1): Partial<FetchRequest> {
    const partition = { currentLeaderEpoch: -1, fetchOffset: 0, lastFetchedEpoch: -1, logStartOffset: -1 };
    const wanted = { ...partition, partition: 0, partitionMaxBytes: 99 * MEGABYTE, replicaDirectoryId: '' };
    const topic = { topic: TOPIC, topicId: '', partitions: repeated(partitions, { ...wanted, highWatermark: 0 }) };
    return { replicaId: -1, maxWaitMs: 0, minBytes: 1, maxBytes: 99 * MEGABYTE, topics: [topic], ...request };
  }

  it('clients that do not read hold a bounded number of bytes, and others continue', async () => {
    await start();
    const writer = await connect();
    await createTopic(writer);
    await produce(writer, MEGABYTE - 200);
    for (let n = 0; n < READERS; n++) {
      const reader = await connect();
      reader.socket.pause();
      for (let n = 0; n < ANSWERS; n++) reader.sendFrame(encodeRequest(Fetch, 5, fetchOf({})));
    }
    await until('full answers', async () => (await gauge('answer_bytes_in_flight')) >= ANSWER_BYTES_IN_FLIGHT_MAX);
    expect(await gauge('connection_bytes')).toBeLessThan(ANSWER_BYTES_IN_FLIGHT_MAX + FETCH_RESPONSE_BYTES_MAX);
    expect(await produce(writer, 10)).toBe(ErrorCode.NONE);
    // When the budget is used up a fetch returns no records, after its wait time.
    const starved = await writer.send(Fetch, 5, fetchOf({ maxWaitMs: 50 }));
    expect(starved.responses[0]?.partitions[0]?.records).toHaveLength(0);
    const fed = writer.send(Fetch, 5, fetchOf({ maxWaitMs: 20_000 }));
    for (const client of clients.splice(1)) client.close();
    expect((await fed).responses[0]?.partitions[0]?.records?.length).toBeGreaterThan(MEGABYTE - 200);
  });

  it('one record for many waiting readers is sent to a few at a time when they are slow', async () => {
    await start();
    const writer = await connect();
    await createTopic(writer);
    for (let n = 0; n < READERS; n++) {
      const reader = await connect();
      reader.socket.pause();
      // The first waits. The requests behind it fill the buffers of the kernel.
      const wanted = fetchOf({ maxWaitMs: 20_000 });
      for (let n = 0; n < ANSWERS; n++) reader.sendFrame(encodeRequest(Fetch, 5, wanted));
    }
    await until('parked fetches', async () => (await gauge('parked_fetch_bytes')) === READERS * PARKED_PARTITION_BYTES);
    await produce(writer, MEGABYTE - 200);
    await until('full answers', async () => (await gauge('answer_bytes_in_flight')) >= ANSWER_BYTES_IN_FLIGHT_MAX);
    expect(await gauge('connection_bytes')).toBeLessThan(ANSWER_BYTES_IN_FLIGHT_MAX + FETCH_RESPONSE_BYTES_MAX);
  });

  it('a client that does not read its answer, and one that stops within a request, are disconnected', async () => {
    await start({ stalledClientMs: 200 });
    const reader = await connect();
    await createTopic(reader);
    await produce(reader, MEGABYTE - 200);
    reader.socket.pause();
    for (let n = 0; n < ANSWERS; n++) reader.sendFrame(encodeRequest(Fetch, 5, fetchOf({})));
    const half = await connect();
    half.socket.write(Buffer.from([0, 0, 1, 0, 0, 0]));
    await until('disconnections', () => reasons.length >= 2);
    expect(reasons.toSorted()).toEqual(['does not read its answer', 'stalled within a request']);
    expect(await gauge('connection_bytes')).toBe(0);
  });

  it('a client that sends a large request too slowly is disconnected, because others wait for its part of the budget', async () => {
    // Far more than the time between two pieces on a busy machine.
    await start({ stalledClientMs: 3_000 });
    const dripping = await connect();
    const length = Buffer.alloc(4);
    length.writeInt32BE(64_000);
    dripping.socket.write(length);
    const drops = setInterval(() => dripping.socket.write('x'), 20);
    await until('disconnections', () => reasons.length > 0);
    clearInterval(drops);
    expect(reasons).toEqual(['64000 bytes took more than 4000 ms']);
    expect(await gauge('request_bytes_in_flight')).toBe(0);
  });

  it('large requests that arrive together are received one after the other', async () => {
    await start();
    const length = Buffer.alloc(4);
    length.writeInt32BE(30 * MEGABYTE);
    for (let n = 0; n < 10; n++) (await connect()).socket.write(Buffer.concat([length, Buffer.alloc(20 * MEGABYTE)]));
    await until(
      'requests in flight',
      async () => (await gauge('request_bytes_in_flight')) >= REQUEST_BYTES_IN_FLIGHT_MAX,
    );
    expect(await gauge('request_bytes_in_flight')).toBe(60 * MEGABYTE);
    await until('bytes of connections', async () => (await gauge('connection_bytes')) >= 40 * MEGABYTE);
    expect(await gauge('connection_bytes')).toBeLessThan(50 * MEGABYTE);
    const other = await connect();
    expect((await other.send(ApiVersions, 0, {})).errorCode).toBe(ErrorCode.NONE);
  });

  it('a request with too many tiny elements is refused before memory is allocated for them', async () => {
    await start();
    const client = await connect();
    const topics = repeated(REQUEST_ELEMENTS_MAX + 1, { name: '', topicId: '' });
    client.sendFrame(encodeRequest(Metadata, 4, { topics, allowAutoTopicCreation: false }));
    await once(client.socket, 'close');
    expect(reasons.join()).toContain('more array elements than a message may have');
  });

  it('fetches beyond the limit of waiting ones are answered at once', async () => {
    await start();
    const first = await connect();
    await createTopic(first);
    const many = Math.ceil(PARKED_FETCH_BYTES_MAX / PARKED_PARTITION_BYTES / 2);
    for (const client of [first, await connect()])
      client.sendFrame(encodeRequest(Fetch, 5, fetchOf({ maxWaitMs: 20_000 }, many)));
    await until('parked fetches', async () => (await gauge('parked_fetch_bytes')) >= PARKED_FETCH_BYTES_MAX);
    const answer = await (await connect()).send(Fetch, 5, fetchOf({ maxWaitMs: 20_000 }));
    expect(answer.responses[0]?.partitions[0]?.records).toHaveLength(0);
  });

  it('a group refuses a member whose subscription is too large', async () => {
    await start();
    const join = (groupId: string, bytes: number) => ({
      groupId,
      sessionTimeoutMs: 10_000,
      memberId: '',
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: Buffer.alloc(bytes) }],
    });
    const first = await connect();
    expect((await first.send(JoinGroup, 0, join('a', GROUP_BYTES_MAX - 10))).errorCode).toBe(ErrorCode.NONE);
    expect(await gauge('group_bytes')).toBe(GROUP_BYTES_MAX - 10);
    const second = await connect();
    expect((await second.send(JoinGroup, 0, join('b', 11))).errorCode).toBe(ErrorCode.GROUP_MAX_SIZE_REACHED);
    expect((await second.send(JoinGroup, 0, join('b', 10))).errorCode).toBe(ErrorCode.NONE);
  });
});

function repeated<T>(times: number, value: T): T[] {
  return Array.from({ length: times }, () => value);
}
