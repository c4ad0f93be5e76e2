import { createCertificate } from '@event-bus/test-kit/certificate';
import { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } from 'kafkajs';
import type { AclEntry } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addressText } from '../src/config.ts';
import { startBroker } from '../src/index.ts';
import type { BrokerSettings, RunningBroker } from '../src/index.ts';
import { ErrorCode } from '../src/wire/error-code.ts';
import { Metadata } from '../src/wire/generated/metadata.ts';
import { MemoryFileSystem } from '../src/storage/memory-with-faults.ts';
import { temporaryFolder } from './broker-process.ts';
import { kafkajsClient, readRecords } from './kafkajs-client.ts';
import { writeTlsFiles } from './tls-files.ts';
import { WireClient } from './wire-client.ts';

const authority = createCertificate({ subject: { CN: 'authority' } });
const folder = temporaryFolder();
const files = new MemoryFileSystem();
let settings: BrokerSettings;
let broker: RunningBroker;

const entry = (principal: string, rest: Partial<AclEntry>): AclEntry => ({
  principal,
  host: '*',
  operation: AclOperationTypes.ALL,
  permissionType: AclPermissionTypes.ALLOW,
  resourceType: AclResourceTypes.TOPIC,
  resourceName: 'orders',
  resourcePatternType: ResourcePatternTypes.PREFIXED,
  ...rest,
});

function kafkaOf(username: string) {
  return kafkajsClient(addressText(broker), {
    sasl: { mechanism: 'scram-sha-256', username, password: `${username}!` },
  });
}

beforeAll(async () => {
  const tls = writeTlsFiles(folder.path, createCertificate({ authority }), authority);
  settings = {
    data: 'memory',
    files,
    listen: [
      { port: 0, security: 'SASL_PLAINTEXT' },
      { port: 0, security: 'SSL', tls },
    ],
    users: { admin: 'admin!', orders: 'orders!' },
    superUsers: ['User:admin'],
  };
  broker = await startBroker(settings);
  const admin = kafkaOf('admin').admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: 'orders-1' }, { topic: 'private' }] });
  await admin.createAcls({
    acl: [
      entry('User:orders', {}),
      entry('User:orders', { resourceType: AclResourceTypes.GROUP }),
      entry('User:CN=orders,O=shop', { resourceName: 'private', resourcePatternType: ResourcePatternTypes.LITERAL }),
    ],
  });
  await admin.disconnect();
});
afterAll(async () => {
  await broker.close();
  folder.remove();
});

describe('access control entries', () => {
  it('let a user send and receive what they allow, and nothing else', async () => {
    const kafka = kafkaOf('orders');
    const producer = kafka.producer({ retry: { retries: 0 } });
    await producer.connect();
    await producer.send({ topic: 'orders-1', messages: [{ key: 'a', value: 'b' }] });
    const forbidden = producer.send({ topic: 'private', messages: [{ value: 'c' }] });
    await expect(forbidden).rejects.toMatchObject({ cause: { type: 'TOPIC_AUTHORIZATION_FAILED' } });
    await producer.disconnect();
    expect(await readRecords(kafka, 'orders-1', 1, 'orders-readers')).toMatchObject([{ key: 'a', value: 'b' }]);
    const admin = kafka.admin({ retry: { retries: 0 } });
    await admin.connect();
    expect(await admin.listTopics()).toEqual(['orders-1']);
    await expect(admin.createAcls({ acl: [entry('User:orders', {})] })).rejects.toMatchObject({
      type: 'CLUSTER_AUTHORIZATION_FAILED',
    });
    await admin.disconnect();
  });

  it('know a client by the subject of its certificate', async () => {
    const names = async (subject: { O?: string; CN: string }) => {
      const certificate = createCertificate({ authority, subject });
      const client = await WireClient.connectByTls(addressText(broker.addresses[1]!), {
        ca: authority.cert,
        ...certificate,
      });
      const topics = [{ name: 'private', topicId: '' }];
      const found = await client.send(Metadata, 4, { topics, allowAutoTopicCreation: false });
      client.close();
      return found.topics[0]?.errorCode;
    };
    expect(await names({ O: 'shop', CN: 'orders' })).toBe(ErrorCode.NONE);
    expect(await names({ CN: 'orders' })).toBe(ErrorCode.TOPIC_AUTHORIZATION_FAILED);
  });

  it('are described, refused when they are not valid, kept over a restart, and deleted', async () => {
    await broker.close();
    broker = await startBroker(settings);
    const admin = kafkaOf('admin').admin({ retry: { retries: 0 } });
    await admin.connect();
    const any = {
      principal: 'User:orders',
      resourceType: AclResourceTypes.ANY,
      resourcePatternType: ResourcePatternTypes.ANY,
      operation: AclOperationTypes.ANY,
      permissionType: AclPermissionTypes.ANY,
    };
    const described = await admin.describeAcls(any);
    expect(described.resources.map(({ resourceType }) => resourceType)).toEqual([
      AclResourceTypes.TOPIC,
      AclResourceTypes.GROUP,
    ]);
    await expect(admin.createAcls({ acl: [entry('orders', {})] })).rejects.toMatchObject({ type: 'INVALID_REQUEST' });
    const deleted = await admin.deleteAcls({ filters: [any] });
    expect(deleted.filterResponses[0]?.matchingAcls).toHaveLength(2);
    expect((await admin.describeAcls(any)).resources).toEqual([]);
    await admin.disconnect();
  });
});
