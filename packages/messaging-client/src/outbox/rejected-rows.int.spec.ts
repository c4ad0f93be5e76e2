import { ConfigResourceTypes, Kafka, logLevel } from 'kafkajs';
import type { Admin } from 'kafkajs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase } from '@event-bus/test-kit';
import type { TestDatabase } from '@event-bus/test-kit';
import { createTopics } from '@event-bus/test-kit/create-topics';
import { startTestBroker } from '../../test/start-broker.ts';
import type { TestBroker } from '../../test/start-broker.ts';
import { newTestEvent, startTestService } from '../../test/start-test-service.ts';
import type { TestPayload, TestService } from '../../test/start-test-service.ts';
import type { EventDefinition } from '../event-definition.ts';
import { REJECTED_ROW_RETRY_MS } from '../limits.ts';
import { queryOf } from '../database/query.ts';
import { OutboxBacklog } from './outbox-backlog.ts';
import { dropRejectedRows, findRejectedRows, retryRejectedRows } from './resolve-rejected-rows.ts';

/** Well before the relay would retry by itself. */
const SOON = { timeout: REJECTED_ROW_RETRY_MS / 2 };

let testEvent: EventDefinition<TestPayload>;
let database: TestDatabase;
let broker: TestBroker;
let service: TestService;
let admin: Admin;

/** The topic takes no record of this text. */
const LARGE = 'x'.repeat(20_000);

beforeEach(async () => {
  testEvent = newTestEvent();
  [database, broker] = await Promise.all([createTestDatabase(), startTestBroker()]);
  admin = new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await createTopics(admin, [
    {
      topic: testEvent.topic.name,
      numPartitions: testEvent.topic.partitions,
      configEntries: [{ name: 'max.message.bytes', value: '10000' }],
    },
  ]);
  service = await startTestService({ databaseUrl: database.url, broker: broker.address, publishes: [testEvent] });
});
afterEach(async () => {
  await admin.disconnect();
  await service.stop();
  await broker.close();
  await database.drop();
});

/** Three of key `a`, of which the first is too large, and one of another key; resolves when it is rejected. */
async function sayOneTooLarge(): Promise<string> {
  const rejected = new Promise<string>((resolve) =>
    service.events.once('outbox.rejected', ({ eventId }) => resolve(eventId)),
  );
  const [id] = await service.publish(
    testEvent,
    { key: 'a', n: 1, text: LARGE },
    { key: 'a', n: 2 },
    { key: 'b', n: 1 },
    { key: 'a', n: 3 },
  );
  expect(await rejected).toBe(id);
  await expect.poll(waiting, SOON).toEqual(['a1', 'a2', 'a3']);
  return id!;
}

async function waiting(): Promise<string[]> {
  return numbersOf('published_at IS NULL ORDER BY seq');
}

/** As they lie in the partition of key `a`. */
async function publishedOfA(): Promise<string[]> {
  return numbersOf(`aggregateid = 'a' AND published_at IS NOT NULL ORDER BY "offset"`);
}

async function numbersOf(condition: string): Promise<string[]> {
  const rows: Array<{ name: string }> = await service.dataSource.query(
    `SELECT aggregateid || (payload->>'n') AS name FROM outbox WHERE ${condition}`,
  );
  return rows.map(({ name }) => name);
}

describe('a row that the broker rejects', () => {
  it('is listed with the broker’s error, and a warning of the backlog', async () => {
    const eventId = await sayOneTooLarge();
    const found = await findRejectedRows(queryOf(service.dataSource), {});
    expect(found).toMatchObject([
      {
        eventId,
        event: testEvent.name,
        topic: testEvent.topic.name,
        key: 'a',
        error: expect.stringMatching(/too large|larger/i),
      },
    ]);
    const { warnings } = await new OutboxBacklog(service.dataSource).read();
    expect(warnings).toEqual([
      expect.stringContaining(`the broker rejects 1 events for topic ${testEvent.topic.name}, and their keys wait`),
    ]);
  });

  it('lets its key go on in order when it is dropped, at once, and stays on record whole', async () => {
    const eventId = await sayOneTooLarge();
    const drop = async (dryRun: boolean): Promise<unknown> =>
      service.dataSource.transaction((manager) =>
        dropRejectedRows(queryOf(manager), { ids: [eventId] }, { by: 'hana', dryRun }),
      );
    expect(await drop(true)).toMatchObject({ rows: [{ eventId }], more: false });
    expect(await waiting()).toEqual(['a1', 'a2', 'a3']);

    expect(await drop(false)).toMatchObject({ rows: [{ eventId }], more: false });
    await expect.poll(waiting, SOON).toEqual([]);
    expect(await publishedOfA()).toEqual(['a2', 'a3']);
    const audit = await service.dataSource.query('SELECT event_id, action, by_whom, error, dropped FROM outbox_audit');
    expect(audit).toEqual([
      {
        event_id: eventId,
        action: 'drop',
        by_whom: 'hana',
        error: expect.any(String),
        dropped: expect.objectContaining({ id: eventId, aggregateid: 'a', payload: { key: 'a', n: 1, text: LARGE } }),
      },
    ]);
    expect(await drop(false)).toEqual({ rows: [], more: false });
  });

  it('is published before the later ones of its key when it is retried after the cause is fixed', async () => {
    const eventId = await sayOneTooLarge();
    await admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: ConfigResourceTypes.TOPIC,
          name: testEvent.topic.name,
          configEntries: [{ name: 'max.message.bytes', value: '1000000' }],
        },
      ],
    });
    await service.dataSource.transaction((manager) =>
      retryRejectedRows(queryOf(manager), { key: 'a' }, { by: 'hana' }),
    );
    await expect.poll(waiting, SOON).toEqual([]);
    expect(await publishedOfA()).toEqual(['a1', 'a2', 'a3']);
    expect(await service.dataSource.query('SELECT event_id, action, dropped FROM outbox_audit')).toEqual([
      { event_id: eventId, action: 'retry', dropped: null },
    ]);
  });

  it('is never one that only waits for its turn', async () => {
    await sayOneTooLarge();
    const [{ id }] = await service.dataSource.query(
      `SELECT id FROM outbox WHERE published_at IS NULL AND payload->>'n' = '2'`,
    );
    const dropped = await service.dataSource.transaction((manager) =>
      dropRejectedRows(queryOf(manager), { ids: [id] }, { by: 'hana' }),
    );
    expect(dropped.rows).toEqual([]);
    expect(await waiting()).toEqual(['a1', 'a2', 'a3']);
  });

  it('for a topic that there is not can be dropped with all others for it', async () => {
    const rejected = new Promise((resolve) => service.events.once('outbox.rejected', resolve));
    await service.dataSource.query(
      `INSERT INTO outbox (aggregatetype, aggregateid, type, version, source, payload)
       SELECT 'no-such-topic', n::text, 'thing.happened', 1, 'by hand', '{}' FROM generate_series(1, 5) AS n`,
    );
    await rejected;
    const dropped = await service.dataSource.transaction((manager) =>
      dropRejectedRows(queryOf(manager), { topic: 'no-such-topic' }, { by: 'hana' }),
    );
    expect(dropped.rows).toHaveLength(5);
    expect(await waiting()).toEqual([]);
  });
});
