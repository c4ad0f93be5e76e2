import { randomBytes } from 'node:crypto';
import { createTestDatabase } from '@event-bus/test-kit';
import type { TestDatabase } from '@event-bus/test-kit';
import { Controller, Post, Query } from '@nestjs/common';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { moduleWithDatabase } from '../../test/module-with-database.ts';
import { databaseOpened, serveForTest } from '../testing/index.ts';
import type { Answer, ServiceUnderTest } from '../testing/index.ts';

@Controller('notes')
class NotesController {
  readonly #dataSource: DataSource;
  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  /** Runs statements, separated by semicolons, in one transaction. */
  @Post()
  async run(@Query('sql') sql: string): Promise<void> {
    await this.#dataSource.transaction(async (manager) => {
      for (const statement of sql.split(';')) await manager.query(statement);
    });
  }
}

const NOTES = ['CREATE TABLE note (body text PRIMARY KEY, n integer)', `INSERT INTO note VALUES ('a', 0), ('b', 0)`];

const WAITS_FOR_LOCK = `
  SELECT 1 FROM pg_locks JOIN pg_database AS here ON here.oid = database
   WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted`;

const UPDATE = `UPDATE note SET n = n + 1 WHERE body = 'a'`;

let database: TestDatabase;
let role: string;
let admin: Client;
let service: ServiceUnderTest;

beforeAll(async () => {
  database = await createTestDatabase();
  role = `role_${randomBytes(8).toString('hex')}`;
  admin = new Client({ connectionString: inject('postgresUrl') });
  await admin.connect();
  await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'right'`);
  await admin.query(`ALTER DATABASE ${database.name} OWNER TO ${role}`);
  const url = new URL(database.url);
  [url.username, url.password] = [role, 'right'];
  service = await serveForTest({
    module: moduleWithDatabase({ url: url.href, tables: NOTES, controllers: [NotesController] }),
  });
  await databaseOpened(service);
});
afterAll(async () => {
  await service?.app.close();
  await database?.drop();
  await admin?.query(`DROP ROLE ${role}`);
  await admin?.end();
});
beforeEach(async () => {
  expect((await run(UPDATE)).status).toBe(201);
  expect((await service.get('/health/ready')).status).toBe(200);
});

const run = (sql: string) => service.post(`/notes?sql=${encodeURIComponent(sql)}`);

/** As a restart of the server does: every client has to connect again. */
async function endSessions(): Promise<void> {
  await admin.query('SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = $1', [role]);
}

describe.each([
  {
    problem: 'a database that was made read-only',
    begin: () => `ALTER DATABASE ${database.name} SET default_transaction_read_only = on`,
    end: () => `ALTER DATABASE ${database.name} RESET default_transaction_read_only`,
    detail: 'the database is read-only, as a standby is',
    code: 'database-read-only',
  },
  {
    problem: 'a password that is wrong since a restart',
    begin: () => `ALTER ROLE ${role} PASSWORD 'other'`,
    end: () => `ALTER ROLE ${role} PASSWORD 'right'`,
    detail: 'password authentication failed',
    code: 'database-fails',
  },
  {
    problem: 'too many connections',
    begin: () => `ALTER ROLE ${role} CONNECTION LIMIT 0`,
    end: () => `ALTER ROLE ${role} CONNECTION LIMIT -1`,
    detail: 'too many connections',
    code: 'database-fails',
  },
  {
    problem: 'a database that takes no connections',
    begin: () => `ALTER DATABASE ${database.name} ALLOW_CONNECTIONS false`,
    end: () => `ALTER DATABASE ${database.name} ALLOW_CONNECTIONS true`,
    detail: 'not currently accepting connections',
    code: 'database-fails',
  },
])('$problem', ({ begin, end, detail, code }) => {
  it('is a 503 that may be tried again, and the service is not ready until it is over', async () => {
    await admin.query(begin());
    await endSessions();
    // A connection that has just been ended is noticed by its next use.
    await expect
      .poll(async () => (await service.get('/health/ready')).body.checks.database)
      .toMatchObject({
        ready: false,
        detail: expect.stringContaining(detail),
        code,
      });
    const answer = await run(UPDATE);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toMatch(/^[1-9]/);

    await admin.query(end());
    await endSessions();
    await expect.poll(async () => (await service.get('/health/ready')).status).toBe(200);
    expect((await run(UPDATE)).status).toBe(201);
  });
});

describe('a request that is in the way of another', () => {
  let other: Client;
  beforeEach(async () => {
    other = new Client({ connectionString: database.url });
    await other.connect();
  });
  afterEach(async () => other.end());

  async function expectTryAgain(answer: Answer): Promise<void> {
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toMatch(/^[1-9]/);
    expect((await service.get('/health/ready')).status).toBe(200);
  }

  it('a statement time-out: is a 503 that may be tried again, by a service that is ready', async () => {
    await expectTryAgain(await run(`SET LOCAL statement_timeout = '50ms';SELECT pg_sleep(60)`));
  });

  it('a lock time-out: is a 503 that may be tried again, by a service that is ready', async () => {
    await other.query(`BEGIN; ${UPDATE}`);
    await expectTryAgain(await run(`SET LOCAL lock_timeout = '50ms';${UPDATE}`));
  });

  it('a serialization failure: is a 503 that may be tried again, by a service that is ready', async () => {
    await other.query('SELECT pg_advisory_lock(7)');
    const isolated = 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;SELECT n FROM note';
    const answering = run(`${isolated};SELECT pg_advisory_xact_lock(7);${UPDATE}`);
    await expect.poll(async () => (await other.query(WAITS_FOR_LOCK)).rowCount).toBe(1);
    await other.query(UPDATE);
    await other.query('SELECT pg_advisory_unlock(7)');
    await expectTryAgain(await answering);
  });

  it('a deadlock: is a 503 for one of the two', async () => {
    const lock = (body: string): string => `UPDATE note SET n = n + 1 WHERE body = '${body}'`;
    const pause = 'SELECT pg_sleep(0.3)';
    const answers = await Promise.all([
      run([lock('a'), pause, lock('b')].join(';')),
      run([lock('b'), pause, lock('a')].join(';')),
    ]);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201, 503]));
  });

  it('a connection that was lost under its transaction: is a 503', async () => {
    const answer = await run('SELECT pg_terminate_backend(pg_backend_pid());SELECT 1');
    expect(answer.status).toBe(503);
  });

  it('an answer of the database is none of these', async () => {
    expect((await run('SELECT 1 / 0')).status).toBe(500);
  });
});
