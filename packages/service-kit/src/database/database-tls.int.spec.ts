import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { createTestDatabase } from '@event-bus/test-kit';
import type { TestDatabase } from '@event-bus/test-kit';
import { createCertificate } from '@event-bus/test-kit/certificate';
import type { Certificate } from '@event-bus/test-kit/certificate';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { moduleWithDatabase } from '../../test/module-with-database.ts';
import { databaseOpened, serveForTest } from '../testing/index.ts';
import type { Answer, ServiceUnderTest } from '../testing/index.ts';

const authority = join(tmpdir(), `database-authority-${process.pid}.crt`);
let database: TestDatabase;
let server: Server | undefined;
const services: ServiceUnderTest[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  await Promise.all(services.splice(0).map(({ app }) => app.close()));
  server?.close();
  rmSync(authority, { force: true });
  await database.drop();
});

/** PostgreSQL as it is with `ssl = on`: it answers the request for TLS with S, and goes on inside. @returns its address */
async function encrypt({ key, cert }: Certificate): Promise<string> {
  const { hostname, port } = new URL(database.url);
  server = createServer((client: Socket) => {
    client.on('error', () => undefined);
    client.once('data', () => {
      client.write('S');
      const inside = new TLSSocket(client, { isServer: true, key, cert });
      const postgres = connect(Number(port), hostname);
      for (const socket of [inside, postgres]) socket.on('error', () => client.destroy());
      inside.pipe(postgres).pipe(inside);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const encrypted = new URL(database.url);
  encrypted.port = String((server.address() as AddressInfo).port);
  return encrypted.href;
}

async function serve(url: string, trusted: Certificate): Promise<ServiceUnderTest> {
  writeFileSync(authority, trusted.cert);
  const service = await serveForTest({
    module: moduleWithDatabase({ url: `${url}?sslmode=verify-full&sslrootcert=${authority}` }),
  });
  services.push(service);
  return service;
}

async function problemOf(service: ServiceUnderTest): Promise<string> {
  let answer: Answer;
  do answer = await service.get('/health/ready');
  while (answer.status === 503 && answer.body.checks.database.detail === 'not connected yet');
  return answer.body.checks.database.detail;
}

it('a database whose certificate comes from the authority is used by TLS', async () => {
  const certificate = createCertificate();
  const service = await serve(await encrypt(certificate), certificate);
  await databaseOpened(service);
  expect((await service.get('/health/ready')).status).toBe(200);
});

it('one whose certificate has expired is not, and the service reports it and waits', async () => {
  const expired = createCertificate({ days: -1 });
  expect(await problemOf(await serve(await encrypt(expired), expired))).toBe('certificate has expired');
});

it('one whose certificate comes from another authority is not', async () => {
  const url = await encrypt(createCertificate());
  expect(await problemOf(await serve(url, createCertificate()))).toContain('self-signed certificate');
});

it('one that cannot encrypt is not', async () => {
  expect(await problemOf(await serve(database.url, createCertificate()))).toBe(
    'The server does not support SSL connections',
  );
});

it('a wrong password is reported as such', async () => {
  const certificate = createCertificate();
  const url = new URL(await encrypt(certificate));
  url.password = 'wrong';
  expect(await problemOf(await serve(url.href, certificate))).toContain('password authentication failed');
});
