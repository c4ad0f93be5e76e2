import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { once } from 'node:events';
import { expect } from 'vitest';
import { ErrorCode } from '../../src/wire/error-code.ts';
import { AlterUserScramCredentials } from '../../src/wire/generated/alter-user-scram-credentials.ts';
import { ApiVersions } from '../../src/wire/generated/api-versions.ts';
import { DescribeUserScramCredentials } from '../../src/wire/generated/describe-user-scram-credentials.ts';
import { Metadata } from '../../src/wire/generated/metadata.ts';
import { SaslHandshake } from '../../src/wire/generated/sasl-handshake.ts';
import { kafkajsClient, readRecords } from '../kafkajs-client.ts';
import { logIn } from '../sasl-client.ts';
import { WireClient } from '../wire-client.ts';
import { PLAIN_USER, SOON, batchOf, unique } from './broker-under-test.ts';
import type { BrokerUnderTest } from './broker-under-test.ts';
import type { Chapter } from './behaviour.ts';

const SCRAM = { 'scram-sha-256': 1, 'scram-sha-512': 2 } as const;
const ITERATIONS = 4_096;

const open = (at: BrokerUnderTest) => WireClient.connectByTls(at.secureAddress, { rejectUnauthorized: false });

async function connected(at: BrokerUnderTest, use: (client: WireClient) => Promise<void>): Promise<void> {
  const client = await open(at);
  await use(client);
  client.close();
}

async function store(at: BrokerUnderTest, name: string, mechanism: keyof typeof SCRAM, password: string) {
  const salt = randomBytes(24);
  const [length, hash] = mechanism === 'scram-sha-256' ? ([32, 'sha256'] as const) : ([64, 'sha512'] as const);
  const saltedPassword = pbkdf2Sync(password, salt, ITERATIONS, length, hash);
  const upsertions = [{ name, mechanism: SCRAM[mechanism], iterations: ITERATIONS, salt, saltedPassword }];
  const { results } = await at.wire.send(AlterUserScramCredentials, 0, { deletions: [], upsertions });
  expect(results).toMatchObject([{ user: name, errorCode: 0 }]);
}

function adminOf(at: BrokerUnderTest, mechanism: 'plain' | keyof typeof SCRAM, username: string, password: string) {
  const security = {
    ssl: { rejectUnauthorized: false },
    sasl: { mechanism: mechanism as 'plain', username, password },
  };
  return kafkajsClient(at.secureAddress, security).admin({ retry: { retries: 0 } });
}

async function errorOfLogin(...login: Parameters<typeof adminOf>): Promise<string> {
  const admin = adminOf(...login);
  const error = await admin.connect().then(
    () => '',
    ({ message }: Error) => message,
  );
  await admin.disconnect();
  return error;
}

export const logins: Chapter = {
  title: 'Logins',
  needsLogins: true,
  behaviours: [
    {
      title: 'lets a client that has logged in by PLAIN over TLS read and write',
      show: async (at) => {
        const topic = await at.newTopic('plain');
        await at.produce(topic, batchOf(['a']));
        const sasl = { mechanism: 'plain', ...PLAIN_USER } as const;
        const kafka = kafkajsClient(at.secureAddress, { ssl: { rejectUnauthorized: false }, sasl });
        const producer = kafka.producer();
        await producer.connect();
        await producer.send({ topic, messages: [{ value: 'b' }] });
        await producer.disconnect();
        const read = await readRecords(kafka, topic, 2, unique('group'));
        expect(read.map(({ value }) => value)).toEqual(['a', 'b']);
      },
    },
    {
      title: 'logs in users by SCRAM that are stored by a request, until they are removed by one',
      show: async (at) => {
        const name = unique('user');
        for (const mechanism of ['scram-sha-256', 'scram-sha-512'] as const) {
          await store(at, name, mechanism, 'a password');
          await expect.poll(() => errorOfLogin(at, mechanism, name, 'a password'), SOON).toBe('');
          expect(await errorOfLogin(at, mechanism, name, 'another')).toContain(
            'invalid credentials with SASL mechanism',
          );
        }
        const { results } = await at.wire.send(DescribeUserScramCredentials, 0, { users: [{ name }] });
        // In any order.
        const stored = results[0]?.credentialInfos.toSorted((one, other) => one.mechanism - other.mechanism);
        expect(stored).toMatchObject([1, 2].map((mechanism) => ({ mechanism, iterations: ITERATIONS })));
        const deletions = [{ name, mechanism: 1 }];
        await at.wire.send(AlterUserScramCredentials, 0, { deletions, upsertions: [] });
        await expect.poll(() => errorOfLogin(at, 'scram-sha-256', name, 'a password'), SOON).not.toBe('');
        expect(await errorOfLogin(at, 'scram-sha-512', name, 'a password')).toBe('');
      },
    },
    {
      title: 'refuses a wrong password and an unknown user with the same error, and closes the connection',
      show: async (at) => {
        for (const [user, password] of [[PLAIN_USER.username, 'wrong'], ['nobody', 'wrong']] as const) {
          await connected(at, async (client) => {
            expect(await logIn(client, user, password)).toMatchObject({
              errorCode: ErrorCode.SASL_AUTHENTICATION_FAILED,
              errorMessage: 'Authentication failed: Invalid username or password',
            });
            await expect(client.send(ApiVersions, 0, {})).rejects.toThrow('connection closed');
          });
        } // prettier-ignore
      },
    },
    {
      title: 'answers ApiVersions before the login, and closes the connection for other requests',
      show: (at) =>
        connected(at, async (client) => {
          const { errorCode } = await client.send(ApiVersions, 3, {
            clientSoftwareName: 'a',
            clientSoftwareVersion: '1',
          });
          expect(errorCode).toBe(0);
          const wanted = { topics: [], allowAutoTopicCreation: false };
          await expect(client.send(Metadata, 4, wanted)).rejects.toThrow('connection closed');
        }),
    },
    {
      title: 'names its mechanisms when another one is requested',
      show: (at) =>
        connected(at, async (client) => {
          const { errorCode, mechanisms } = await client.send(SaslHandshake, 1, { mechanism: 'GSSAPI' });
          expect(errorCode).toBe(ErrorCode.UNSUPPORTED_SASL_MECHANISM);
          expect(mechanisms.toSorted()).toEqual(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']);
        }),
    },
    {
      title: 'closes a connection that does not begin with a TLS handshake',
      show: async (at) => {
        const [host = '', port] = at.secureAddress.split(':');
        const socket = connect({ host, port: Number(port) });
        socket.on('error', () => undefined).resume();
        socket.write(Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 255, 255]));
        await once(socket, 'close');
      },
    },
  ],
};
