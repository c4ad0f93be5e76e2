import { MessagingFigures, MessagingModule, messagingMigrations, OnEvent } from '@event-bus/messaging-client';
import { startTestBus } from '@event-bus/messaging-client/testing';
import type { TestBus } from '@event-bus/messaging-client/testing';
import { createTestDatabase } from '@event-bus/test-kit';
import type { TestDatabase } from '@event-bus/test-kit';
import { FlakyProxy } from '@event-bus/test-kit/flaky-proxy';
import { Controller } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { moduleWithDatabase } from '../../test/module-with-database.ts';
import { noteWritten } from '../../test/note-written.ts';
import { databaseOpened, scrape, serveForTest } from '../testing/index.ts';
import type { ServiceUnderTest } from '../testing/index.ts';

/** What Prometheus waits by default. */
const SCRAPE_WITHIN_MS = 10_000;

@Controller()
class ReadNotes {
  @OnEvent(noteWritten)
  async read(): Promise<void> {}
}

let bus: TestBus;
let database: TestDatabase;
let proxy: FlakyProxy;
let service: ServiceUnderTest;

beforeAll(async () => {
  [bus, database] = await Promise.all([startTestBus(), createTestDatabase()]);
  proxy = await FlakyProxy.before(() => new URL(database.url));
  await proxy.restore();
  service = await serveForTest({
    module: moduleWithDatabase({
      url: proxy.url,
      migrations: messagingMigrations('note-service'),
      imports: [MessagingModule.forRoot({ service: 'note-service', kafka: { brokers: [bus.address] }, publishes: [] })],
      controllers: [ReadNotes],
    }),
  });
  await service.app.startAllMicroservices();
  await databaseOpened(service);
});
afterAll(async () => {
  await service?.app.close();
  await proxy?.cut();
  await bus?.close();
  await database?.drop();
});

const UP = (source: string): string => `messaging_metrics_source_up{source="${source}"}`;
const lagSamples = (samples: Map<string, number>): string[] =>
  [...samples.keys()].filter((name) => name.startsWith('messaging_consumer_lag_'));

async function allIsUp(): Promise<void> {
  await expect
    .poll(async () => {
      const samples = await scrape(service.url);
      return ['outbox', 'inbox', 'broker'].map((source) => samples.get(UP(source)));
    })
    .toEqual([1, 1, 1]);
}

const scrapeInTime = (): Promise<Map<string, number>> => scrape(service.url, AbortSignal.timeout(SCRAPE_WITHIN_MS));

beforeEach(async () => {
  await proxy.restore();
  await allIsUp();
});

function expectProcessMetrics(samples: Map<string, number>): void {
  expect(samples.get('process_resident_memory_bytes')).toBeGreaterThan(0);
  expect(samples.has('nodejs_eventloop_lag_p99_seconds')).toBe(true);
  expect(samples.has('messaging_consumer_lanes')).toBe(true);
  expect([...samples.keys()].some((name) => name.startsWith('http_server_request_duration_seconds'))).toBe(true);
}

describe('a scrape', () => {
  it.each([
    ['accepts statements and does not answer', async () => proxy.stall()],
    ['refuses connections', async () => proxy.cut()],
  ])('is answered in time while the database %s, without what it would have read there', async (_, fail) => {
    await fail();
    // What was read within the last second, each figure by itself, is shown once more.
    let samples = new Map<string, number>();
    await expect
      .poll(async () => {
        samples = await scrapeInTime();
        const ups = [UP('outbox'), UP('inbox'), 'health_check_ready{check="database"}'].map((name) =>
          samples.get(name),
        );
        return [...ups, samples.has('messaging_outbox_backlog_rows'), samples.has('messaging_parked_records')];
      })
      .toEqual([0, 0, 0, false, false]);
    expect(samples.get(UP('broker'))).toBe(1);
    expect(lagSamples(samples)).toHaveLength(2);
    expectProcessMetrics(samples);
    await proxy.restore();
    await allIsUp();
    expect((await scrapeInTime()).has('messaging_outbox_backlog_rows')).toBe(true);
  });

  it('is answered without a lag while the broker is unavailable, and with what the database knows', async () => {
    await bus.close();
    await service.app.get(MessagingFigures).lag.sample();
    const samples = await scrapeInTime();
    expect(samples.get(UP('broker'))).toBe(0);
    expect(lagSamples(samples)).toEqual([]);
    expect(samples.get(UP('outbox'))).toBe(1);
    expect(samples.get('messaging_outbox_backlog_rows')).toBe(0);
    expectProcessMetrics(samples);
  });
});
