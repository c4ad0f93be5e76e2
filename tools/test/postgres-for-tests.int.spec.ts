import pg from 'pg';
import { expect, inject, test } from 'vitest';
import { createTestDatabase } from '@event-bus/test-kit';

test('each test database is empty, separate, and no longer there after drop', async () => {
  const [one, other] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  const client = new pg.Client({ connectionString: one.url });
  await client.connect();
  await client.query('CREATE TABLE note (body text)');
  await client.query("INSERT INTO note VALUES ('안녕하세요')");
  const { rows } = await client.query("SELECT upper(body) AS body, current_setting('server_version') AS v FROM note");
  await client.end();
  await one.drop();
  await other.drop();

  expect(rows[0].body).toBe('안녕하세요');
  expect(rows[0].v).toMatch(/^18\./);
  const admin = new pg.Client({ connectionString: inject('postgresUrl') });
  await admin.connect();
  const left = await admin.query('SELECT 1 FROM pg_database WHERE datname = ANY($1)', [[one.name, other.name]]);
  await admin.end();
  expect(left.rows).toEqual([]);
});
