import { createTestDatabase } from '@event-bus/test-kit';
import type { TestDatabase } from '@event-bus/test-kit';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { inTransaction } from './in-transaction.ts';

let database: TestDatabase;
let dataSource: DataSource;
beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await new DataSource({ type: 'postgres', url: database.url }).initialize();
  await dataSource.query('CREATE TABLE written (n integer)');
});
afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

it('commits what was written', async () => {
  await inTransaction(dataSource, async (manager) => manager.query('INSERT INTO written VALUES (1)'));
  expect(await dataSource.query('SELECT n FROM written WHERE n = 1')).toEqual([{ n: 1 }]);
});

it('fails when the error of a statement was caught, at whatever moment the server says in which state it is', async () => {
  for (let n = 0; n < 50; n += 1) {
    const done = inTransaction(dataSource, async (manager) => {
      await manager.query('INSERT INTO written VALUES (2)');
      await manager.query('SELECT 1 / $1::integer', [0]).catch(() => undefined);
    });
    await expect(done).rejects.toMatchObject({ code: 'TRANSACTION_ABORTED' });
  }
  expect(await dataSource.query('SELECT n FROM written WHERE n = 2')).toEqual([]);
});

it('commits what was written around a statement whose failure a savepoint has undone', async () => {
  await inTransaction(dataSource, async (manager) => {
    await manager.query('INSERT INTO written VALUES (3)');
    await manager.query('SAVEPOINT before');
    await manager.query('SELECT 1 / 0').catch(() => undefined);
    await manager.query('ROLLBACK TO before');
    await manager.query('INSERT INTO written VALUES (4)');
  });
  expect(await dataSource.query('SELECT n FROM written WHERE n IN (3, 4) ORDER BY n')).toEqual([{ n: 3 }, { n: 4 }]);
});
