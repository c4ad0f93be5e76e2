import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pbkdf2Sync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runUsers } from '../src/cli-users.ts';
import { addressText } from '../src/config.ts';
import { startBroker } from '../src/index.ts';
import type { RunningBroker } from '../src/index.ts';
import { ErrorCode } from '../src/wire/error-code.ts';
import { AlterUserScramCredentials } from '../src/wire/generated/alter-user-scram-credentials.ts';
import { DescribeUserScramCredentials } from '../src/wire/generated/describe-user-scram-credentials.ts';
import { temporaryFolder } from './broker-process.ts';
import { kafkajsClient } from './kafkajs-client.ts';
import { logIn } from './sasl-client.ts';
import { WireClient } from './wire-client.ts';

const SHA_256 = 1;
const SHA_512 = 2;
const { NONE, SASL_AUTHENTICATION_FAILED } = ErrorCode;

const folder = temporaryFolder();
let broker: RunningBroker;
let open: string;

beforeAll(async () => {
  const listen = [{ port: 0, security: 'SASL_PLAINTEXT' } as const, { port: 0 }];
  broker = await startBroker({ data: folder.path, listen });
  open = addressText(broker.addresses[1]!);
});
afterAll(async () => {
  await broker.close();
  folder.remove();
});

/** Runs the command, and returns what it prints. */
async function users(args: readonly string[], password = ''): Promise<string[]> {
  const lines: string[] = [];
  const terminal = { print: (line: string) => void lines.push(line), read: () => `${password}\n` };
  await runUsers([...args, '--data', folder.path], {}, terminal);
  return lines;
}

async function loginOf(user: string, password: string): Promise<number> {
  const client = await WireClient.connect(addressText(broker));
  const { errorCode } = await logIn(client, user, password);
  client.close();
  return errorCode;
}

describe('log-broker users, beside a running broker', () => {
  it('adds a user, changes the password, and removes the user', async () => {
    expect(await users(['add', 'alice'], 'first')).toEqual(['added alice']);
    expect(await loginOf('alice', 'first')).toBe(NONE);
    expect(await users(['add', 'alice'], 'second')).toEqual(['changed the password of alice']);
    expect(await loginOf('alice', 'first')).toBe(SASL_AUTHENTICATION_FAILED);
    expect(await loginOf('alice', 'second')).toBe(NONE);
    expect(await users(['list'])).toEqual(['alice  SCRAM-SHA-256, SCRAM-SHA-512']);
    expect(await users(['remove', 'alice'])).toEqual(['removed alice']);
    expect(await loginOf('alice', 'second')).toBe(SASL_AUTHENTICATION_FAILED);
    expect(await users(['list'])).toEqual([]);
  });

  it('stores no password, in a folder that only its owner can read', async () => {
    await users(['add', '주문 Service'], 'secret-password');
    const stored = readdirSync(join(folder.path, 'users'));
    expect(stored).toHaveLength(1);
    expect(readFileSync(join(folder.path, 'users', stored[0]!), 'utf8')).not.toContain('secret-password');
    expect(statSync(join(folder.path, 'users')).mode & 0o777).toBe(0o700);
    expect(await users(['list'])).toEqual(['주문 Service  SCRAM-SHA-256, SCRAM-SHA-512']);
    await users(['remove', '주문 Service']);
  });

  it.each([
    [['add'], 'users add NAME'],
    [['add', '--data'], 'users add NAME'],
    [['remove', 'nobody'], "there is no user 'nobody'"],
    [['add', 'alice'], "the password of 'alice' is empty"],
    [['add', 'x'.repeat(300)], 'Username is too long'],
  ])('%j is refused: %s', async (args, reason) => {
    await expect(users(args, args[1]?.startsWith('x') ? 'some' : '')).rejects.toThrow(reason);
  });
});

describe('requests about users', () => {
  it('add, describe and delete SCRAM credentials, which clients log in with', async () => {
    const client = await WireClient.connect(open);
    const salt = Buffer.from('salt of a client');
    const saltedPassword = pbkdf2Sync('by request', salt, 4_096, 64, 'sha512');
    const upsertion = { name: 'carol', mechanism: SHA_512, iterations: 4_096, salt, saltedPassword };
    const alter = (request: object) =>
      client.send(AlterUserScramCredentials, 0, { deletions: [], upsertions: [], ...request });
    expect((await alter({ upsertions: [upsertion] })).results).toMatchObject([{ user: 'carol', errorCode: NONE }]);
    expect((await client.send(DescribeUserScramCredentials, 0, { users: null })).results).toEqual([
      {
        user: 'carol',
        errorCode: NONE,
        errorMessage: null,
        credentialInfos: [{ mechanism: SHA_512, iterations: 4_096 }],
      },
    ]);
    expect(await loginOf('carol', 'by request')).toBe(NONE);
    const admin = kafkajsClient(addressText(broker), {
      sasl: { mechanism: 'scram-sha-512', username: 'carol', password: 'by request' },
    }).admin();
    await admin.connect();
    await admin.disconnect();
    expect((await alter({ deletions: [{ name: 'carol', mechanism: SHA_512 }] })).results).toMatchObject([
      { errorCode: NONE },
    ]);
    expect(await loginOf('carol', 'by request')).toBe(SASL_AUTHENTICATION_FAILED);
    client.close();
  });

  it.each([
    ['an empty name', { name: '' }, ErrorCode.UNACCEPTABLE_CREDENTIAL],
    ['too few iterations', { iterations: 4_095 }, ErrorCode.UNACCEPTABLE_CREDENTIAL],
    ['too many iterations', { iterations: 16_385 }, ErrorCode.UNACCEPTABLE_CREDENTIAL],
    ['an unknown mechanism', { mechanism: 3 }, ErrorCode.UNSUPPORTED_SASL_MECHANISM],
  ])('refuse %s', async (_, wrong, errorCode) => {
    const client = await WireClient.connect(open);
    const [salt, saltedPassword] = [Buffer.from('salt'), Buffer.from('salted')];
    const upsertion = { name: 'dave', mechanism: SHA_256, iterations: 4_096, salt, saltedPassword, ...wrong };
    const { results } = await client.send(AlterUserScramCredentials, 0, { deletions: [], upsertions: [upsertion] });
    expect(results).toMatchObject([{ errorCode }]);
    client.close();
    expect(await users(['list'])).toEqual([]);
  });

  it('answer for users that do not exist, and for those that are named twice', async () => {
    const client = await WireClient.connect(open);
    const named = await client.send(DescribeUserScramCredentials, 0, {
      users: ['eve', 'fay', 'fay'].map((name) => ({ name })),
    });
    expect(named.results.map(({ user, errorCode }) => [user, errorCode])).toEqual([
      ['eve', ErrorCode.RESOURCE_NOT_FOUND],
      ['fay', ErrorCode.DUPLICATE_RESOURCE],
    ]);
    const deletions = [{ name: 'eve', mechanism: SHA_256 }];
    const { results } = await client.send(AlterUserScramCredentials, 0, { deletions, upsertions: [] });
    expect(results).toMatchObject([{ user: 'eve', errorCode: ErrorCode.RESOURCE_NOT_FOUND }]);
    client.close();
  });
});
