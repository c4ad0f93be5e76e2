import { createCertificate } from '@event-bus/test-kit/certificate';
import { Consumer, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBroker } from '../src/index.ts';
import type { RunningBroker } from '../src/index.ts';
import { addressText } from '../src/config.ts';
import { SASL_MECHANISMS } from '../src/security/logins.ts';
import { ErrorCode } from '../src/wire/error-code.ts';
import { ApiVersions } from '../src/wire/generated/api-versions.ts';
import { Metadata } from '../src/wire/generated/metadata.ts';
import { SaslAuthenticate } from '../src/wire/generated/sasl-authenticate.ts';
import { SaslHandshake } from '../src/wire/generated/sasl-handshake.ts';
import { AwaitedLog } from './awaited-log.ts';
import { temporaryFolder } from './broker-process.ts';
import { kafkajsClient, readRecords } from './kafkajs-client.ts';
import { logIn, plainMessage } from './sasl-client.ts';
import { writeTlsFiles } from './tls-files.ts';
import { WireClient } from './wire-client.ts';

const PASSWORD = 'correct horse, battery=staple';
const NO_TOPICS = { topics: [], allowAutoTopicCreation: false };

const authority = createCertificate({ subject: { CN: 'authority' } });
const folder = temporaryFolder();
const log = new AwaitedLog();
let broker: RunningBroker;
let plain: string;
let encrypted: string;
let open: string;

beforeAll(async () => {
  const tls = writeTlsFiles(folder.path, createCertificate({ authority }));
  broker = await startBroker({
    listen: [
      { port: 0, security: 'SASL_PLAINTEXT' },
      { port: 0, security: 'SASL_SSL', tls },
      { port: 0, security: 'PLAINTEXT' },
    ],
    users: { alice: PASSWORD, 'bob, the=2C builder': 'other' },
    logger: log.logger,
    health: { host: '127.0.0.1', port: 0 },
  });
  [plain, encrypted, open] = broker.addresses.map(addressText) as [string, string, string];
});
afterAll(async () => {
  await broker.close();
  folder.remove();
});

function sasl(mechanism: string, username: string, password: string) {
  return { mechanism: mechanism.toLowerCase() as 'plain', username, password };
}

describe.each(SASL_MECHANISMS)('a login by %s', (mechanism) => {
  it.each([
    ['alice', PASSWORD],
    ['bob, the=2C builder', 'other'],
  ])('lets %s send and receive with kafkajs', async (user, password) => {
    const kafka = kafkajsClient(encrypted, { ssl: { ca: [authority.cert] }, sasl: sasl(mechanism, user, password) });
    const topic = `kafkajs-${mechanism}-${user.length}`;
    const producer = kafka.producer();
    await producer.connect();
    await producer.send({ topic, messages: [{ key: 'a', value: 'b' }] });
    await producer.disconnect();
    expect(await readRecords(kafka, topic, 1, topic)).toMatchObject([{ key: 'a', value: 'b' }]);
  });

  it('lets @platformatic/kafka send and receive', async () => {
    const client = {
      clientId: 'platformatic',
      bootstrapBrokers: [encrypted],
      tls: { ca: authority.cert },
      sasl: { mechanism, username: 'alice', password: PASSWORD },
    };
    const topic = `platformatic-${mechanism}`;
    const producer = new Producer({ ...client, serializers: stringSerializers, autocreateTopics: true });
    await producer.send({ messages: [{ topic, key: 'a', value: 'b' }] });
    await producer.close();
    const consumer = new Consumer({ ...client, groupId: topic, deserializers: stringDeserializers });
    const stream = await consumer.consume({ topics: [topic], mode: 'earliest', autocommit: true });
    for await (const { key, value } of stream) {
      expect({ key, value }).toEqual({ key: 'a', value: 'b' });
      break;
    }
    await consumer.close(true);
  });

  it.each([
    ['a wrong password', 'alice'],
    ['the name of no user', 'mallory'],
  ])('refuses %s, with the error that Kafka gives, and logs no password', async (_, user) => {
    const kafka = kafkajsClient(plain, { sasl: sasl(mechanism, user, 'guessed-password') });
    const failure = mechanism === 'PLAIN' ? 'Invalid username or password' : 'invalid credentials with SASL mechanism';
    await expect(kafka.admin({ retry: { retries: 0 } }).connect()).rejects.toThrow(failure);
    const line = await log.line('login failed');
    expect(line).toMatchObject({ level: 'warn' });
    expect(log.lines.filter((each) => each.message === 'login failed').at(-1)).toMatchObject({ mechanism, user });
    expect(JSON.stringify(log.lines)).not.toContain('guessed-password');
  });
});

describe('a connection to a listener that requires a login', () => {
  it('answers ApiVersions before the login', async () => {
    const client = await WireClient.connect(plain);
    expect((await client.send(ApiVersions, 3, { clientSoftwareName: 'a', clientSoftwareVersion: '1' })).errorCode).toBe(
      0,
    );
    client.close();
  });

  it('is closed for any other request, and the reason is logged', async () => {
    const client = await WireClient.connect(plain);
    await expect(client.send(Metadata, 4, NO_TOPICS)).rejects.toThrow('connection closed');
    await log.line('Metadata before the login');
  });

  it('is closed for a request that is larger than those of a login', async () => {
    const client = await WireClient.connect(plain);
    client.socket.write(Buffer.from([0, 0, 0x40, 1, 0, 18, 0, 0]));
    await expect(client.nextFrame()).rejects.toThrow('connection closed');
    await log.line('request of 16385 bytes before the login');
  });

  it('lists the mechanisms when another one is requested, and is closed', async () => {
    const client = await WireClient.connect(plain);
    const { errorCode, mechanisms } = await client.send(SaslHandshake, 1, { mechanism: 'GSSAPI' });
    expect({ errorCode, mechanisms }).toEqual({
      errorCode: ErrorCode.UNSUPPORTED_SASL_MECHANISM,
      mechanisms: ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'],
    });
    await expect(client.send(ApiVersions, 0, {})).rejects.toThrow('connection closed');
  });

  it('is closed after the answer to a wrong password', async () => {
    const client = await WireClient.connect(plain);
    expect(await logIn(client, 'alice', 'wrong')).toMatchObject({ errorCode: ErrorCode.SASL_AUTHENTICATION_FAILED });
    await expect(client.send(ApiVersions, 0, {})).rejects.toThrow('connection closed');
  });

  it('takes the messages of the mechanism without frames after version 0 of the handshake', async () => {
    const client = await WireClient.connect(plain);
    await client.send(SaslHandshake, 0, { mechanism: 'PLAIN' });
    client.sendFrame(plainMessage('alice', PASSWORD));
    expect(await client.nextFrame()).toHaveLength(0);
    expect((await client.send(Metadata, 4, NO_TOPICS)).controllerId).toBe(1);
    client.close();

    const wrong = await WireClient.connect(plain);
    await wrong.send(SaslHandshake, 0, { mechanism: 'PLAIN' });
    wrong.sendFrame(plainMessage('alice', 'wrong'));
    await expect(wrong.nextFrame()).rejects.toThrow('connection closed');
  });

  it('is valid without an end after the login, and lets the same user log in again, but not another one', async () => {
    const client = await WireClient.connect(plain);
    expect(await logIn(client, 'alice', PASSWORD)).toMatchObject({ errorCode: 0, sessionLifetimeMs: 0 });
    expect(await logIn(client, 'alice', PASSWORD)).toMatchObject({ errorCode: 0 });
    expect((await client.send(Metadata, 4, NO_TOPICS)).controllerId).toBe(1);
    expect(await logIn(client, 'bob, the=2C builder', 'other')).toMatchObject({
      errorCode: ErrorCode.SASL_AUTHENTICATION_FAILED,
      errorMessage: 'Cannot change principals during re-authentication',
    });
    await expect(client.send(ApiVersions, 0, {})).rejects.toThrow('connection closed');
  });

  it('refuses a login on behalf of another user', async () => {
    const client = await WireClient.connect(plain);
    await client.send(SaslHandshake, 1, { mechanism: 'PLAIN' });
    const authBytes = plainMessage('alice', PASSWORD, 'root');
    expect(await client.send(SaslAuthenticate, 0, { authBytes })).toMatchObject({
      errorCode: ErrorCode.SASL_AUTHENTICATION_FAILED,
      errorMessage: expect.stringContaining('different from username') as string,
    });
  });

  it('counts failed logins in the metrics', async () => {
    const response = await fetch(`http://127.0.0.1:${broker.healthPort}/metrics`);
    expect(await response.text()).toMatch(/log_broker_failed_logins_total\{mechanism="PLAIN"\} [1-9]/);
  });
});

describe('a connection to a listener without logins', () => {
  it('answers that there is none', async () => {
    const client = await WireClient.connect(open);
    expect(await client.send(SaslHandshake, 1, { mechanism: 'PLAIN' })).toEqual({
      errorCode: ErrorCode.ILLEGAL_SASL_STATE,
      mechanisms: [],
    });
    expect((await client.send(Metadata, 4, NO_TOPICS)).controllerId).toBe(1);
    client.close();
  });
});

it('a client that does not finish its login is disconnected after a time', async () => {
  const impatientLog = new AwaitedLog();
  const impatient = await startBroker({
    listen: { port: 0, security: 'SASL_PLAINTEXT' },
    authenticationTimeoutMs: 50,
    logger: impatientLog.logger,
  });
  const client = await WireClient.connect(addressText(impatient));
  await client.send(SaslHandshake, 1, { mechanism: 'PLAIN' });
  await expect(client.nextFrame()).rejects.toThrow('connection closed');
  await impatientLog.line('not authenticated after 50 ms');
  await impatient.close();
});
