import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { createCertificate } from '@event-bus/test-kit/certificate';
import type { Certificate } from '@event-bus/test-kit/certificate';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startBroker } from '../src/index.ts';
import type { BrokerSettings, RunningBroker } from '../src/index.ts';
import { addressText } from '../src/config.ts';
import { PENDING_CONNECTIONS_MAX } from '../src/limits.ts';
import { ApiVersions } from '../src/wire/generated/api-versions.ts';
import { Metadata } from '../src/wire/generated/metadata.ts';
import { AwaitedLog } from './awaited-log.ts';
import { temporaryFolder } from './broker-process.ts';
import { kafkajsClient, readRecords } from './kafkajs-client.ts';
import { writeTlsFiles } from './tls-files.ts';
import { WireClient } from './wire-client.ts';

/** What each test needs to see: the failure itself, not kafkajs's attempts to get over it. */
const ONCE = { retries: 0 };

const authority = createCertificate({ subject: { CN: 'authority' } });
const ssl = { ca: [authority.cert] };

let folder: ReturnType<typeof temporaryFolder>;
let log: AwaitedLog;
let broker: RunningBroker | undefined;
let address: string;

beforeEach(() => {
  folder = temporaryFolder();
  log = new AwaitedLog();
});
afterEach(async () => {
  await broker?.close();
  broker = undefined;
  folder.remove();
});

interface Start extends BrokerSettings {
  readonly certificate?: Certificate;
  /** Clients need a certificate of the authority. */
  readonly isMutual?: boolean;
}

async function start({ certificate = createCertificate({ authority }), isMutual = false, ...settings }: Start = {}) {
  const tls = writeTlsFiles(folder.path, certificate, isMutual ? authority : undefined);
  const listen = [{ port: 0, security: 'SSL', tls } as const, { port: 0 }];
  broker = await startBroker({ listen, logger: log.logger, ...settings });
  address = addressText(broker);
}

/** Resolves when the broker has closed the connection. */
async function plainBytes(bytes: Buffer): Promise<void> {
  const socket = connect({ host: broker!.host, port: broker!.port });
  socket.on('error', () => undefined);
  socket.write(bytes);
  await once(socket.resume(), 'close');
}

describe('a listener with TLS', () => {
  it('serves kafkajs, and answers with its own address, as a listener without TLS does with its', async () => {
    await start();
    const kafka = kafkajsClient(address, { ssl });
    const producer = kafka.producer();
    await producer.connect();
    await producer.send({ topic: 'secret', messages: [{ key: 'a', value: 'b' }] });
    await producer.disconnect();
    expect(await readRecords(kafka, 'secret', 1, 'readers')).toMatchObject([{ key: 'a', value: 'b' }]);

    const overTls = await WireClient.connectByTls(address, { ca: authority.cert });
    const plain = await WireClient.connect(addressText(broker!.addresses[1]!));
    const request = { topics: [], allowAutoTopicCreation: false };
    expect((await overTls.send(Metadata, 4, request)).brokers).toMatchObject([{ port: broker!.addresses[0]!.port }]);
    expect((await plain.send(Metadata, 4, request)).brokers).toMatchObject([{ port: broker!.addresses[1]!.port }]);
    overTls.close();
    plain.close();
  });

  it('is refused by a client that does not know its authority', async () => {
    await start();
    const admin = kafkajsClient(address, { ssl: true }).admin({ retry: ONCE });
    await expect(admin.connect()).rejects.toThrow(/unable to verify|self-signed/);
    const stranger = WireClient.connectByTls(address, {});
    await expect(stranger).rejects.toThrow(/unable to verify/);
  });

  it('with an expired certificate warns at its start, and is refused by clients', async () => {
    await start({ certificate: createCertificate({ authority, days: -1 }) });
    expect(await log.line('has expired')).toMatchObject({ level: 'warn', message: 'the TLS certificate has expired' });
    const admin = kafkajsClient(address, { ssl }).admin({ retry: ONCE });
    await expect(admin.connect()).rejects.toThrow('certificate has expired');
  });

  it('closes the connection of a client that does not speak TLS, and logs the reason', async () => {
    await start();
    await plainBytes(Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 7, 255, 255]));
    expect(await log.line('its bytes are not TLS')).toMatchObject({ message: 'connection closed', security: 'SSL' });
  });

  it('closes the connection of a client whose handshake is damaged, and logs the reason', async () => {
    await start();
    await plainBytes(Buffer.concat([Buffer.from([0x16, 3, 1, 0, 50]), Buffer.alloc(50, 0x77)]));
    expect(await log.line('TLS handshake: ')).toMatchObject({ message: 'connection closed' });
  });

  it('does not start with a key of another certificate', async () => {
    const tls = writeTlsFiles(folder.path, { ...createCertificate(), key: createCertificate().key });
    const started = startBroker({ listen: { port: 0, security: 'SSL', tls } });
    await expect(started).rejects.toThrow(/TLS files .*server.key: .*mismatch/i);
  });
});

describe('mutual TLS', () => {
  const mine = createCertificate({ authority, subject: { C: 'KR', O: 'shop', CN: 'orders' } });

  it('accepts a client with a certificate of the authority', async () => {
    await start({ isMutual: true });
    const client = await WireClient.connectByTls(address, { ca: authority.cert, ...mine });
    expect((await client.send(ApiVersions, 0, {})).errorCode).toBe(0);
    client.close();
  });

  it.each([
    ['none', {}, 'the client has no certificate'],
    [
      'one of another authority',
      createCertificate({ subject: { CN: 'orders' } }),
      'the certificate of the client is refused',
    ],
    ['an expired one', createCertificate({ authority, days: -1 }), 'CERT_HAS_EXPIRED'],
  ])('refuses a client with %s, and logs the reason', async (_, certificate, reason) => {
    await start({ isMutual: true });
    const client = await WireClient.connectByTls(address, { ca: authority.cert, ...certificate });
    await expect(client.send(ApiVersions, 0, {})).rejects.toThrow('connection closed');
    expect(await log.line(reason)).toMatchObject({ message: 'connection closed' });
  });
});

describe('a certificate that is replaced', () => {
  it('is used for new connections without a restart, and open ones stay', async () => {
    await start({ tlsReloadIntervalMs: 20 });
    const before = await WireClient.connectByTls(address, { ca: authority.cert });
    const renewed = createCertificate({ authority, subject: { CN: 'renewed' } });
    // The certificate first: it does not match the key on the disk then, and the old pair stays in use.
    writeFileSync(`${folder.path}/server.crt`, renewed.cert);
    expect(await log.line('TLS files not reloaded')).toMatchObject({ level: 'warn' });
    const between = await WireClient.connectByTls(address, { ca: authority.cert });
    writeFileSync(`${folder.path}/server.key`, renewed.key);
    await log.line('CN=renewed');
    const after = await WireClient.connectByTls(address, { ca: authority.cert });
    const names = [before, between, after].map(({ socket }) => (socket as TLSSocket).getPeerCertificate().subject.CN);
    expect(names).toEqual(['test', 'test', 'renewed']);
    for (const client of [before, between, after]) {
      expect((await client.send(ApiVersions, 0, {})).errorCode).toBe(0);
      client.close();
    }
  });
});

describe('connections that do not finish their handshake', () => {
  it.each([
    ['sends nothing', Buffer.alloc(0)],
    ['stops in the middle of its first message', Buffer.from([0x16, 3, 1, 0, 200, 1, 0, 0])],
  ])('are closed after a time, when the client %s', async (_, bytes) => {
    await start({ authenticationTimeoutMs: 50 });
    await plainBytes(bytes);
    expect(await log.line('not authenticated after 50 ms')).toMatchObject({ message: 'connection closed' });
  });

  it('do not keep others from connecting, however many they are', async () => {
    await start();
    const sockets = Array.from({ length: PENDING_CONNECTIONS_MAX + 1 }, () => {
      const socket = connect({ host: broker!.host, port: broker!.port });
      // Half of them stop in the middle of their first message.
      socket
        .on('error', () => undefined)
        .on('connect', () => void (socket.localPort! % 2 && socket.write(Buffer.of(0x16, 3))));
      return socket;
    });
    await log.line('closed to make room for newer connections');
    const client = await WireClient.connectByTls(address, { ca: authority.cert });
    expect((await client.send(ApiVersions, 0, {})).errorCode).toBe(0);
    client.close();
    const open = () => sockets.filter((socket) => !socket.destroyed && !socket.closed).length;
    await vi.waitFor(() => expect(open()).toBeLessThanOrEqual(PENDING_CONNECTIONS_MAX));
    for (const socket of sockets) socket.destroy();
  });
});
