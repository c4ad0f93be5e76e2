import { once } from 'node:events';
import {
  MessageEvents,
  MessagingFigures,
  MessagingModule,
  messagingMigrations,
  OnEvent,
  Outbox,
  PayloadDrift,
  PermanentError,
} from '@event-bus/messaging-client';
import type { Confirmed, EventDefinition, OutsideContext, TransactionContext } from '@event-bus/messaging-client';
import { startTestBus } from '@event-bus/messaging-client/testing';
import type { TestBus } from '@event-bus/messaging-client/testing';
import { createTestDatabase } from '@event-bus/test-kit';
import type { TestDatabase } from '@event-bus/test-kit';
import { Controller } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { moduleWithDatabase } from '../../test/module-with-database.ts';
import { noteWritten } from '../../test/note-written.ts';
import { databaseOpened, scrape, serveForTest } from '../testing/index.ts';
import type { ServiceUnderTest } from '../testing/index.ts';

const slow = Promise.withResolvers<void>();
const slowStarted = Promise.withResolvers<void>();

const noteMailed: EventDefinition<{ text: string }> = { ...noteWritten, name: 'note.mailed' };
const mail = Promise.withResolvers<void>();
const mailStarted = Promise.withResolvers<void>();

@Controller()
class KeepNotes {
  @OnEvent(noteWritten)
  async keep({ text }: { text: string }, { manager }: TransactionContext): Promise<void> {
    if (text === 'permanent') throw new PermanentError('no note');
    if (text === 'failing') throw new Error('not now');
    if (text === 'slow') {
      slowStarted.resolve();
      await slow.promise;
    }
    await manager.query('INSERT INTO note VALUES ($1)', [text]);
  }

  @OnEvent(noteMailed, { effect: 'outside', whenAmbiguous: 'resend' })
  async mail(_note: unknown, context: OutsideContext): Promise<Confirmed> {
    const claim = await context.claim();
    mailStarted.resolve();
    await mail.promise;
    return claim.confirm();
  }
}

let bus: TestBus;
let database: TestDatabase;
let service: ServiceUnderTest;
let dataSource: DataSource;

beforeAll(async () => {
  [bus, database] = await Promise.all([startTestBus(), createTestDatabase()]);
  service = await serveForTest({
    module: moduleWithDatabase({
      url: database.url,
      migrations: messagingMigrations('note-service'),
      tables: ['CREATE TABLE note (text text)'],
      imports: [
        MessagingModule.forRoot({
          service: 'note-service',
          kafka: { brokers: [bus.address] },
          publishes: [noteWritten, noteMailed],
        }),
      ],
      controllers: [KeepNotes],
    }),
  });
  await service.app.startAllMicroservices();
  dataSource = await databaseOpened(service);
});
afterAll(async () => {
  slow.resolve();
  await service?.app.close();
  await bus?.close();
  await database?.drop();
});

const publish = (text: string) =>
  dataSource.transaction(async (manager) => service.app.get(Outbox).append(manager, noteWritten, { text }));

const sample = async (name: string): Promise<number | undefined> => (await scrape(service.url)).get(name);
async function untilSample(name: string, value: number): Promise<void> {
  await expect.poll(() => sample(name), { interval: 100 }).toBe(value);
}

const attempts = (outcome: string): string =>
  `messaging_process_duration_seconds_count{event="note.written",outcome="${outcome}"}`;
const PROCESSED = attempts('handled');

it('a handled event is counted where it is sent and where it is processed', async () => {
  await publish('tea');
  await untilSample(PROCESSED, 1);
  expect(
    await sample('messaging_process_duration_seconds_bucket{le="+Inf",event="note.written",outcome="handled"}'),
  ).toBe(1);
  await untilSample('messaging_client_sent_messages_total', 1);
  expect(await sample('messaging_client_operation_duration_seconds_count')).toBeGreaterThan(0);
  expect(await sample('messaging_outbox_publish_delay_seconds_count')).toBe(1);
  expect(await sample('messaging_outbox_publish_delay_seconds_sum')).toBeGreaterThan(0);
  expect(await sample('messaging_outbox_shards_held')).toBeGreaterThan(0);
  await untilSample('messaging_outbox_backlog_rows', 0);
  expect(await sample('messaging_consumer_running')).toBe(1);
  expect(await sample('messaging_dead_letters_total{event="note.written",reason="permanent"}')).toBe(0);
  expect(await sample('messaging_records_skipped_total{messaging_destination_name="note"}')).toBe(0);
  expect(await sample('messaging_broker_access_refused')).toBe(0);
});

it('an event that comes twice is counted as repeated', async () => {
  const { id } = await publish('twice');
  await untilSample(PROCESSED, 2);
  await dataSource.query('UPDATE outbox SET published_at = NULL WHERE id = $1', [id]);
  await untilSample(attempts('repeated'), 1);
});

const PARTITION =
  '{messaging_consumer_group_name="note-service",messaging_destination_name="note",messaging_destination_partition_id="0"}';

it('a record in flight is counted with its lane, and is the lag of its partition until it is committed', async () => {
  await publish('slow');
  await slowStarted.promise;
  expect(await sample('messaging_consumer_lanes')).toBe(1);
  expect(await sample('messaging_consumer_records_in_flight')).toBe(1);
  const { lag } = service.app.get(MessagingFigures);
  await lag.sample();
  expect(await sample(`messaging_consumer_lag_records${PARTITION}`)).toBe(1);
  expect(await sample(`messaging_consumer_lag_seconds${PARTITION}`)).toBeGreaterThan(0);
  const committed = once(service.app.get(MessageEvents), 'consumer.committed');
  slow.resolve();
  await committed;
  await lag.sample();
  expect(await sample(`messaging_consumer_lag_records${PARTITION}`)).toBe(0);
  expect(await sample(`messaging_consumer_lag_seconds${PARTITION}`)).toBe(0);
  expect(await sample('messaging_metrics_source_up{source="broker"}')).toBe(1);
  await untilSample('messaging_consumer_records_in_flight', 0);
});

it('a record that fails is counted by what followed: retry, parked, dead letter by reason', async () => {
  await publish('failing');
  await untilSample('messaging_parked_records', 1);
  expect(await sample('messaging_parked_keys')).toBe(1);
  expect(await sample('messaging_parked_oldest_age_seconds')).toBeGreaterThan(0);
  expect(await sample(attempts('retry'))).toBeGreaterThan(0);
  expect(await sample(attempts('parked'))).toBeGreaterThan(0);
  expect(await sample('messaging_parked_unknown_version_keys')).toBe(0);
  await publish('failing');
  await untilSample('messaging_parked_records', 2);
  expect(await sample('messaging_parked_behind_total{event="note.written"}')).toBe(1);

  await publish('permanent');
  await untilSample('messaging_dead_letters_open{reason="permanent"}', 1);
  expect(await sample('messaging_dead_letters_total{event="note.written",reason="permanent"}')).toBe(1);
  expect(await sample(attempts('dead'))).toBe(1);
});

it('an outside effect is open from its claim to its confirmation', async () => {
  expect(await sample('messaging_claims_open')).toBe(0);
  await dataSource.transaction(async (manager) => service.app.get(Outbox).append(manager, noteMailed, { text: 'a' }));
  await mailStarted.promise;
  expect(await sample('messaging_claims_open')).toBe(1);
  mail.resolve();
  await untilSample('messaging_claims_open', 0);
  expect(await sample('messaging_claims_ambiguous')).toBe(0);
});

it('a field that the schema does not name is counted; one that looks like a value is not shown', async () => {
  const drift = service.app.get(PayloadDrift);
  for (const colour of ['red', 'blue']) drift.look('note.written', 1, { text: 'a', colour }, { text: 'a' });
  drift.look('note.written', 1, { text: 'a', 'ada@example.com': 1 }, { text: 'a' });
  const drifted = (field: string): string =>
    `messaging_payload_drift_records_total{event="note.written",version="1",field="${field}"}`;
  expect(await sample(drifted('colour'))).toBe(2);
  expect(await sample(drifted('other'))).toBe(1);
  // Counters are read, not added up, at each scrape.
  expect(await sample(drifted('colour'))).toBe(2);
});

it('names that a record brings and no handler knows are counted under _OTHER', async () => {
  const place = { group: 'note-service', topic: 'note', partition: 0, offset: '0', eventId: 'id' };
  const events = service.app.get(MessageEvents);
  for (let n = 0; n < 500; n += 1) {
    events.emit('record.dead', {
      ...place,
      event: `invented-${n}`,
      reason: 'undecodable',
      milliseconds: 3,
      error: new Error('x'),
    });
  }
  expect(await sample('messaging_dead_letters_total{event="_OTHER",reason="undecodable"}')).toBe(500);
  expect([...(await scrape(service.url)).keys()].filter((name) => name.includes('invented'))).toEqual([]);
});

it('while the database does not answer a scrape is answered without its figures, and names what is missing', async () => {
  // As a table that a migration locks: the statement waits.
  const runner = dataSource.createQueryRunner();
  await runner.startTransaction();
  await runner.query('LOCK TABLE outbox, parked_record IN ACCESS EXCLUSIVE MODE');
  await untilSample('messaging_metrics_source_up{source="outbox"}', 0);
  await untilSample('messaging_metrics_source_up{source="inbox"}', 0);
  const samples = await scrape(service.url);
  expect(samples.has('messaging_outbox_backlog_rows')).toBe(false);
  expect(samples.has('messaging_parked_records')).toBe(false);
  expect(samples.has('messaging_client_sent_messages_total')).toBe(true);
  await runner.rollbackTransaction();
  await runner.release();
  await untilSample('messaging_metrics_source_up{source="outbox"}', 1);
  expect((await scrape(service.url)).has('messaging_outbox_backlog_rows')).toBe(true);
});
