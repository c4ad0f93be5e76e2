import { createTestDatabase } from '@event-bus/test-kit';
import type { TestDatabase } from '@event-bus/test-kit';
import { Controller, Get, Param } from '@nestjs/common';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { moduleWithDatabase } from '../../test/module-with-database.ts';
import { Readiness } from '../health/readiness.ts';
import type { CheckResult } from '../health/readiness.ts';
import { databaseOpened, scrape, serveForTest } from '../testing/index.ts';
import type { ServiceUnderTest } from '../testing/index.ts';

@Controller('things')
class ThingsController {
  @Get(':id')
  thing(@Param('id') id: string): { id: string } {
    if (id === 'bug') throw new Error('a bug');
    return { id };
  }
}

let database: TestDatabase;
let service: ServiceUnderTest;

beforeAll(async () => {
  database = await createTestDatabase();
  service = await serveForTest({
    module: moduleWithDatabase({ url: database.url, controllers: [ThingsController] }),
  });
});
afterAll(async () => {
  await service?.app.close();
  await database?.drop();
});

const requests = (method: string, route: string, status: number): string =>
  `http_server_request_duration_seconds_count{http_request_method="${method}",http_route="${route}",http_response_status_code="${status}"}`;

it('requests are counted by the template of their route and by status; paths and methods that a caller invents are not labels', async () => {
  for (const id of ['1', '2', 'bug']) await service.get(`/things/${id}`);
  await service.get('/nowhere/at/all');
  await fetch(`${service.url}/things/1`, { method: 'PROPFIND' });
  // A request is measured when its connection is done with it, a moment after its answer.
  await expect.poll(async () => (await scrape(service.url)).get(requests('_OTHER', '', 404))).toBe(1);
  const samples = await scrape(service.url);
  expect(samples.get(requests('GET', '/things/:id', 200))).toBe(2);
  expect(samples.get(requests('GET', '/things/:id', 500))).toBe(1);
  expect(samples.get(requests('GET', '', 404))).toBe(1);
  expect([...samples.keys()].filter((name) => /nowhere|PROPFIND|things\/\d/.test(name))).toEqual([]);
});

it('the connections of the pool are reported: used, idle, and how many there may be', async () => {
  const dataSource = await databaseOpened(service);
  const used = 'db_client_connection_count{db_client_connection_state="used"}';
  const idle = 'db_client_connection_count{db_client_connection_state="idle"}';
  const runner = dataSource.createQueryRunner();
  await runner.connect();
  // The check of the database opens a second connection, at the first scrape.
  await scrape(service.url);
  const busy = await scrape(service.url);
  await runner.release();
  const free = await scrape(service.url);
  expect(busy.get(used)).toBe(free.get(used)! + 1);
  expect(busy.get(idle)).toBe(free.get(idle)! - 1);
  expect(busy.get('db_client_connection_max')).toBeGreaterThan(1);
  expect(busy.get('db_client_connection_pending_requests')).toBe(0);
});

it('the process is described: version, memory, delay of the event loop', async () => {
  const samples = await scrape(service.url);
  expect([...samples.keys()].find((name) => name.startsWith('target_info'))).toMatch(
    /service_name="note-service",service_version="[\d.]+",process_runtime_version="[\d.]+"/,
  );
  expect(samples.get('process_resident_memory_bytes')).toBeGreaterThan(1_000_000);
  expect(samples.has('nodejs_eventloop_lag_p99_seconds')).toBe(true);
});

it('each check of readiness is reported: whether it passes, and how many warnings it has', async () => {
  let result: CheckResult = { ready: true, warnings: ['look here', 'and here'] };
  service.app.get(Readiness).add('spec', async () => result);
  const warned = await scrape(service.url);
  expect(warned.get('health_check_ready{check="spec"}')).toBe(1);
  expect(warned.get('health_check_warnings{check="spec"}')).toBe(2);
  result = { ready: false };
  const failing = await scrape(service.url);
  expect(failing.get('health_check_ready{check="spec"}')).toBe(0);
  expect(failing.get('health_check_warnings{check="spec"}')).toBe(0);
  expect(failing.get('health_check_ready{check="database"}')).toBe(1);
});
