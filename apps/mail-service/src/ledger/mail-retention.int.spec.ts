import { createTestDatabase } from '@event-bus/test-kit';
import { TableCleanup } from '@event-bus/messaging-client';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { expect, it, vi } from 'vitest';
import { until } from '@event-bus/test-kit/until';
import { CreateMails1760000003001 } from '../migrations/0001-create-mails.ts';
import { AddAnswerToMails1760000003002 } from '../migrations/0002-add-answer-to-mails.ts';
import { MAIL_KEPT_MS, OLD_MAILS } from './mail-retention.ts';

const HOUR_MS = 3_600_000;

it('accepted and rejected mails are deleted after a year; others are kept', async () => {
  const database = await createTestDatabase();
  const dataSource = await new DataSource({
    type: 'postgres',
    url: database.url,
    migrations: [CreateMails1760000003001, AddAnswerToMails1760000003002],
    migrationsRun: true,
  }).initialize();
  const client = new Client({ connectionString: database.url });
  await client.connect();
  for (const status of ['accepted', 'rejected', 'waiting', 'handing-over']) {
    for (const [age, ageMs] of [
      ['old', MAIL_KEPT_MS + HOUR_MS],
      ['young', MAIL_KEPT_MS - HOUR_MS],
    ] as const) {
      await client.query(
        `INSERT INTO mail (event_id, template, recipient, subject, message_id, status, ambiguous, consumer_group, topic,
                           "partition", "offset", created_at)
         VALUES ($1, 'welcome', 'a@example.com', 's', 'm', $2, false, 'g', 't', 0, 0,
                 clock_timestamp() - $3::double precision * interval '1 millisecond')`,
        [`${age} ${status}`, status, ageMs],
      );
    }
  }

  vi.useFakeTimers({ toFake: ['setInterval'] });
  const cleanup = new TableCleanup(dataSource);
  cleanup.add(OLD_MAILS);
  cleanup.start();
  vi.advanceTimersToNextTimer();
  vi.useRealTimers();
  const left = await until('the old ones to go', async () => {
    const { rows } = await client.query<{ id: string }>('SELECT event_id AS id FROM mail ORDER BY 1');
    return rows.length < 8 && rows.map(({ id }) => id);
  });
  expect(left).toEqual([
    'old handing-over',
    'old waiting',
    'young accepted',
    'young handing-over',
    'young rejected',
    'young waiting',
  ]);
  expect(cleanup.warnings()).toEqual([]);
  await cleanup.stop();
  await client.end();
  await dataSource.destroy();
  await database.drop();
});
