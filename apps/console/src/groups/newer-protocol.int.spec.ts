import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { openBroker } from '@event-bus/messaging-client/inspect';
import { startTestBus } from '@event-bus/messaging-client/testing';
import type { TestBus } from '@event-bus/messaging-client/testing';
import { commitOffset } from '@event-bus/test-kit/commit-offset';
import { createTopics } from '@event-bus/test-kit/create-topics';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startConsole } from '../testing/start-console.ts';
import type { ConsoleUnderTest } from '../testing/start-console.ts';

// A group with a member by the newer protocol (KIP-848), which the classic one's DescribeGroups describes as dead. On log-broker,
// or on the Apache Kafka at KAFKA_BOOTSTRAP.

const given = process.env['KAFKA_BOOTSTRAP'];
const group = `newer-${randomUUID()}`;
const topic = `newer-topic-${randomUUID()}`;
let bus: TestBus | undefined;
let member: Socket;
let page: ConsoleUnderTest;

beforeAll(async () => {
  bus = given === undefined ? await startTestBus() : undefined;
  const address = given ?? bus!.address;
  const broker = await openBroker({ brokers: [address] }, { clientId: 'reads', requestTimeoutMs: 30_000 });
  // A broker that has just been started looks for its coordinators first.
  const admin = broker.kafka.admin({ retry: { retries: 20 } });
  await admin.connect();
  await createTopics(admin, [{ topic, numPartitions: 1 }]);
  await commitOffset({ broker: address }, group, topic, { 0: 0 });
  await admin.disconnect();
  await broker.close();
  member = await join(address);
  // The groups of services are read first: a broker that is given may have more than are read.
  page = await startConsole({ KAFKA_BROKERS: address, SERVICES: `${group}=http://127.0.0.1:1` });
});
afterAll(async () => {
  await page?.close();
  member?.destroy();
  await bus?.close();
});

it('is listed, and its members are not known instead of none', async () => {
  const listed = { group, state: 'Unknown', members: null, lag: 0, topics: [topic] };
  expect((await page.get('/api/groups')).body).toMatchObject({
    groups: expect.arrayContaining([expect.objectContaining(listed)]),
  });
  expect((await page.get(`/api/groups/${group}`)).body).toMatchObject({
    members: null,
    memberList: [],
    partitions: [{ topic, committed: '0', memberId: null }],
  });
});

/** One heartbeat: kafkajs has only the classic protocol. The member stays for the session time-out of the broker. */
async function join(address: string): Promise<Socket> {
  const [host, port] = address.split(':');
  const socket = connect(Number(port), host);
  await once(socket, 'connect');
  const text = (value: string) => Buffer.concat([Buffer.from([value.length + 1]), Buffer.from(value)]);
  const int32 = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(value);
    return bytes;
  };
  const NULL = Buffer.from([0]);
  const request = Buffer.concat([
    // ConsumerGroupHeartbeat (68) version 1, correlation 1, without a client's name and tagged fields.
    Buffer.from([0, 68, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 0]),
    ...[text(group), text(randomUUID()), int32(0), NULL, NULL, int32(300_000)],
    ...[Buffer.from([2]), text(topic), NULL, NULL],
    // Owns no partitions; no tagged fields.
    Buffer.from([1, 0]),
  ]);
  socket.write(Buffer.concat([int32(request.length), request]));
  const [answer] = (await once(socket, 'data')) as [Buffer];
  // Length, correlation, tagged fields, throttle time: then the error's code.
  expect(answer.readInt16BE(4 + 4 + 1 + 4)).toBe(0);
  return socket;
}
