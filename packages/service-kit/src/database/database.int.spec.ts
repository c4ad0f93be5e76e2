import { Controller, Get } from '@nestjs/common';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase } from '@event-bus/test-kit';
import type { TestDatabase } from '@event-bus/test-kit';
import { until } from '@event-bus/test-kit/until';
import { FlakyProxy } from '@event-bus/test-kit/flaky-proxy';
import { moduleWithDatabase } from '../../test/module-with-database.ts';
import { databaseOpened, serveForTest } from '../testing/index.ts';
import type { ServiceUnderTest } from '../testing/index.ts';

@Controller('notes')
class NotesController {
  readonly #dataSource: DataSource;
  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }
  @Get()
  async list(): Promise<unknown> {
    return this.#dataSource.transaction((manager) => manager.query('SELECT body FROM note'));
  }
}

const NOTES = [
  'CREATE TABLE note (body text)',
  // Long enough for a second instance to run into it, if nothing kept them apart.
  'SELECT pg_sleep(0.2)',
  `INSERT INTO note VALUES ('first')`,
];

let database: TestDatabase;
let proxy: FlakyProxy;
const services: ServiceUnderTest[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
  proxy = await FlakyProxy.before(() => new URL(database.url));
});
afterEach(async () => {
  await Promise.all(services.splice(0).map(({ app }) => app.close()));
  await proxy.cut();
  await database.drop();
});

async function serve(url: string, name?: string): Promise<ServiceUnderTest> {
  const service = await serveForTest({
    module: moduleWithDatabase({ url, service: name, tables: NOTES, controllers: [NotesController] }),
  });
  services.push(service);
  return service;
}

async function timed<Result>(work: Promise<Result>): Promise<{ result: Result; milliseconds: number }> {
  const startedAt = performance.now();
  const result = await work;
  return { result, milliseconds: performance.now() - startedAt };
}

describe('a database that is unavailable at the start', () => {
  it('keeps the service live, not ready and answering 503, until it comes', async () => {
    const service = await serve(proxy.url);
    expect((await service.get('/health/live')).status).toBe(200);
    expect(await service.get('/health/ready')).toMatchObject({
      status: 503,
      body: {
        checks: {
          database: {
            ready: false,
            detail: expect.stringContaining('ECONNREFUSED'),
            code: 'database-fails',
            params: { reason: expect.stringContaining('ECONNREFUSED') },
          },
        },
      },
    });
    expect((await service.get('/notes')).status).toBe(503);

    await proxy.restore();
    await databaseOpened(service);
    expect((await service.get('/health/ready')).status).toBe(200);
    expect((await service.get('/notes')).body).toEqual([{ body: 'first' }]);
  });

  it('does not keep the service from stopping', async () => {
    const service = await serve(proxy.url);
    const { milliseconds } = await timed(service.app.close());
    expect(milliseconds).toBeLessThan(1_000);
  });
});

describe('a database that becomes unavailable later', () => {
  it('is a 503 at once while it is unavailable, and is used again without a restart of the service', async () => {
    await proxy.restore();
    const service = await serve(proxy.url);
    await databaseOpened(service);
    expect((await service.get('/notes')).status).toBe(200);

    await proxy.cut();
    const { result, milliseconds } = await timed(service.get('/notes'));
    expect(result.status).toBe(503);
    expect(milliseconds).toBeLessThan(1_000);
    expect((await service.get('/health/ready')).status).toBe(503);

    await proxy.restore();
    expect((await service.get('/notes')).status).toBe(200);
    expect((await service.get('/health/ready')).status).toBe(200);
  });

  it('that hangs delays probes by at most a second and requests by at most ten', async () => {
    await proxy.restore();
    const service = await serve(proxy.url);
    await databaseOpened(service);

    proxy.stall();
    const request = timed(service.get('/notes'));
    const probe = await timed(service.get('/health/ready'));
    expect(probe.result).toMatchObject({ status: 503, body: { checks: { database: { ready: false } } } });
    expect(probe.milliseconds).toBeLessThan(1_000);
    expect((await request).result.status).toBe(503);
    expect((await request).milliseconds).toBeLessThan(10_000);

    await proxy.cut();
    await proxy.restore();
    expect((await service.get('/notes')).status).toBe(200);
  });
});

describe('migrations', () => {
  it('run once when several instances start at the same time', async () => {
    const three = await Promise.all([serve(database.url), serve(database.url), serve(database.url)]);
    await Promise.all(three.map(databaseOpened));
    for (const service of three) expect((await service.get('/notes')).body).toEqual([{ body: 'first' }]);
  });
});

describe('a database that belongs to another service', () => {
  const seen = async (service: ServiceUnderTest, answer: object): Promise<true> =>
    until('the answer of readiness', async () => {
      expect(await service.get('/health/ready')).toMatchObject(answer);
      return true;
    });
  const refused = {
    status: 503,
    body: {
      checks: {
        database: {
          ready: false,
          detail: 'this is list-service, and the database belongs to note-service',
          code: 'database-of-another-service',
        },
      },
    },
  };

  it('is refused and left as it is, until it is given to this one', async () => {
    await databaseOpened(await serve(database.url));
    const other = await serve(database.url, 'list-service');
    await seen(other, refused);
    expect((await other.get('/notes')).status).toBe(503);

    const client = new Client({ connectionString: database.url });
    await client.connect();
    expect((await client.query('SELECT service FROM database_owner')).rows).toEqual([{ service: 'note-service' }]);
    await client.query(`UPDATE database_owner SET service = 'list-service'`);
    await client.end();
    await databaseOpened(other);
    expect((await other.get('/health/ready')).status).toBe(200);
  });

  it('is refused to all but one of those that find it empty at the same moment', async () => {
    const names = ['note-service', 'list-service', 'note-service', 'list-service'];
    const four = await Promise.all(names.map(async (name) => serve(database.url, name)));
    const owner = await Promise.any(
      four.map(async (service, index) => databaseOpened(service).then(() => names[index])),
    );
    for (const [index, service] of four.entries()) {
      if (names[index] === owner) await databaseOpened(service);
      const detail = expect.stringContaining(`belongs to ${owner}`);
      const expected =
        names[index] === owner ? { status: 200 } : { status: 503, body: { checks: { database: { detail } } } };
      await seen(service, expected);
    }
  });
});
