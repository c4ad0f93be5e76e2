import type { StartedService } from '@event-bus/service-kit/testing';
import { createTestDatabase } from '@event-bus/test-kit';
import type { TestDatabase } from '@event-bus/test-kit';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startMailService } from '../testing/start-mail-service.ts';

const MAILS = 100_000;

let database: TestDatabase;
let service: StartedService;

/** Every 20,000th mail is ambiguous, every 10,000th waits, and ten have the same recipient. */
beforeAll(async () => {
  database = await createTestDatabase();
  service = await startMailService({ databaseUrl: database.url, smtpUrl: 'smtp://127.0.0.1:1' });
  // The connections of the service cancel a statement that takes long.
  const client = new Client({ connectionString: database.url });
  await client.connect();
  await client.query(
    `INSERT INTO mail (event_id, template, recipient, subject, message_id, status, ambiguous, consumer_group, topic,
                       "partition", "offset")
     SELECT n::text, 'welcome', CASE WHEN n % 10000 = 1 THEN 'hana' ELSE n::text END || '@example.com', 's', 'm',
            CASE WHEN n % 10000 = 2 THEN 'waiting' ELSE 'accepted' END, n % 20000 = 0, 'g', 't', 0, n
       FROM generate_series(1, ${MAILS}) AS n`,
  );
  await client.query('ANALYZE mail');
  await client.end();
});
afterAll(async () => {
  await service?.stop();
  await database?.drop();
});

async function listed(query: string): Promise<Array<{ id: string; eventId: string }>> {
  const { status, body } = await service.get(`/mails?${query}`);
  expect({ query, status }).toEqual({ query, status: 200 });
  return body as Array<{ id: string; eventId: string }>;
}

it('ambiguous mails are found among 100,000, page by page, each once', async () => {
  const found: string[] = [];
  let before = '';
  for (;;) {
    const rows = await listed(`ambiguous=true&limit=2${before}`);
    found.push(...rows.map(({ eventId }) => eventId));
    if (rows.length < 2) break;
    before = `&before=${rows.at(-1)!.id}`;
  }
  expect(found).toEqual(['100000', '80000', '60000', '40000', '20000']);
});

it('mails that are not ambiguous are listed without those that are', async () => {
  const rows = await listed('ambiguous=false&status=accepted&limit=2');
  expect(rows.map(({ eventId }) => eventId)).toEqual(['99999', '99998']);
});

it.each([
  ['ambiguous=true', 'mail_ambiguous'],
  ['status=waiting', 'mail_unfinished'],
  ['to=HANA@example.com', 'mail_recipient'],
  ['before=50000&limit=500', 'mail_pkey'],
  ['eventId=70000', 'mail_event_id_template_key'],
])('the list of %s is read by the index %s alone, also behind a page', async (query, index) => {
  const { dataSource } = service;
  const scans = async (): Promise<{ seq: number; index: number }> => {
    await dataSource.query('SELECT pg_stat_force_next_flush()');
    const [{ seq, idx }] = await dataSource.query(
      `SELECT (SELECT seq_scan::integer FROM pg_stat_user_tables WHERE relname = 'mail') AS seq,
              (SELECT idx_scan::integer FROM pg_stat_user_indexes WHERE indexrelname = $1) AS idx`,
      [index],
    );
    return { seq, index: idx };
  };
  await expect
    .poll(
      async () => {
        const before = await scans();
        expect(await listed(query)).not.toHaveLength(0);
        const after = await scans();
        return { seq: after.seq - before.seq, index: after.index > before.index };
      },
      { timeout: 30_000 },
    )
    .toEqual({ seq: 0, index: true });
});
