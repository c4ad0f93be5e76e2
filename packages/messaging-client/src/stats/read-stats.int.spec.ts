import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { openMessagingDatabase } from '../../test/open-messaging-database.ts';
import { newTestEvent } from '../../test/start-test-service.ts';
import { queryOf } from '../database/query.ts';
import { Outbox } from '../outbox/append-to-outbox.ts';
import { readStats } from './read-stats.ts';

const event = newTestEvent();
const outbox = new Outbox({ service: 'shop', kafka: { brokers: [] }, publishes: [event] });
let database: Awaited<ReturnType<typeof openMessagingDatabase>>;
beforeAll(async () => {
  database = await openMessagingDatabase('shop');
});
beforeEach(() =>
  database.dataSource.query('TRUNCATE outbox, outbox_refusal, dead_letter, parked_record, inbox_message'),
);
afterAll(async () => database.drop());

it('rows behind an open transaction or a rejected row of their key are pending and not ready', async () => {
  const { dataSource } = database;
  await dataSource.transaction(async (manager) =>
    outbox.appendAll(manager, event, [
      { key: 'rejected', n: 1 },
      { key: 'rejected', n: 2 },
      { key: 'free', n: 1 },
    ]),
  );
  await dataSource.query(
    `INSERT INTO outbox_refusal (seq, refusal, error)
     SELECT min(seq), 'record', 'too large' FROM outbox WHERE aggregateid = 'rejected'`,
  );
  const before = await readStats(queryOf(dataSource), 'shop');
  expect(before).toMatchObject({ pending: 3, ready: 1, rejected: 2, shardsHeld: 0 });

  const open = dataSource.createQueryRunner();
  await open.startTransaction();
  await outbox.append(open.manager, event, { key: 'free', n: 2 });
  await dataSource.transaction(async (manager) => outbox.append(manager, event, { key: 'free', n: 3 }));
  expect(await readStats(queryOf(dataSource), 'shop')).toMatchObject({ pending: 4, ready: 1, rejected: 2 });
  await open.commitTransaction();
  await open.release();
  expect(await readStats(queryOf(dataSource), 'shop')).toMatchObject({ pending: 5, ready: 3, rejected: 2 });
});

it('what is not handled is counted of the service, and of no other that uses its database', async () => {
  const { dataSource } = database;
  for (const group of ['shop', 'other']) {
    await dataSource.query(
      `INSERT INTO parked_record (consumer_group, topic, "partition", "offset", recorded_at, headers, attempts, failures)
       VALUES ($1, 't', 0, 0, now(), '[]', 1, 1)`,
      [group],
    );
    await dataSource.query(
      `INSERT INTO inbox_message (consumer_group, handler, event_id, state, topic, "partition", "offset")
       VALUES ($1, 'h', '1', 'claimed', 't', 0, 0), ($1, 'h', '2', 'done', 't', 0, 1)`,
      [group],
    );
    await dataSource.query(
      `INSERT INTO dead_letter (consumer_group, topic, "partition", "offset", headers, reason, error, attempts, recorded_at, state)
       VALUES ($1, 't', 0, 0, '[]', 'permanent', 'no', 1, now(), 'open'),
              ($1, 't', 0, 1, '[]', 'permanent', 'no', 1, now(), 'dropped')`,
      [group],
    );
  }
  const stats = await readStats(queryOf(dataSource), 'shop');
  expect(stats).toMatchObject({ pending: 0, lagMs: 0, parked: 1, claimed: 1, deadLetters: 1 });
});
