import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openMessagingDatabase } from '../../test/open-messaging-database.ts';
import { newTestEvent } from '../../test/start-test-service.ts';
import { OUTBOX_ROWS_AT_ONCE_MAX } from '../limits.ts';
import { publishedBy } from '../testing/published-by.ts';
import { Outbox } from './append-to-outbox.ts';

const testEvent = newTestEvent();
/** Its validation takes the longer the lower the number. */
const slowEvent = {
  ...newTestEvent(),
  schema: z.object({ key: z.string(), n: z.int() }).refine(async ({ n }) => {
    for (let turn = n; turn < 10; turn += 1) await Promise.resolve();
    return true;
  }),
};
const outbox = new Outbox({ service: 'shop', kafka: { brokers: [] }, publishes: [testEvent, slowEvent] });
let database: Awaited<ReturnType<typeof openMessagingDatabase>>;

beforeAll(async () => {
  database = await openMessagingDatabase('shop');
});
beforeEach(() => database.dataSource.query('TRUNCATE outbox'));
afterAll(async () => database.drop());

describe('append of several payloads', () => {
  it('keeps their order however long each is validated, and gives their ids', async () => {
    const numbers = Array.from({ length: OUTBOX_ROWS_AT_ONCE_MAX + 5 }, (_, n) => n);
    const appended = await database.dataSource.transaction(async (manager) =>
      outbox.appendAll(
        manager,
        slowEvent,
        numbers.map((n) => ({ key: 'a', n })),
      ),
    );
    const published = await publishedBy(database.dataSource, slowEvent);
    expect(published.map(({ payload }) => payload.n)).toEqual(numbers);
    expect(published.map(({ id }) => id)).toEqual(appended.map(({ id }) => id));
  });

  it('writes none when one of them is invalid', async () => {
    await database.dataSource.transaction(async (manager) => {
      const payloads = [
        { key: 'a', n: 1 },
        { key: '', n: 2 },
      ];
      await expect(outbox.appendAll(manager, testEvent, payloads)).rejects.toMatchObject({ code: 'KEY_INVALID' });
    });
    expect(await publishedBy(database.dataSource)).toEqual([]);
  });
});

describe('append with an id of its own', () => {
  it('has it, and a second append of it is refused by the database', async () => {
    const id = randomUUID();
    const append = async (): Promise<{ id: string }> =>
      database.dataSource.transaction(async (manager) => outbox.append(manager, testEvent, { key: 'a', n: 1 }, { id }));
    expect(await append()).toEqual({ id });
    await expect(append()).rejects.toMatchObject({ code: '23505' });
    expect(await publishedBy(database.dataSource)).toMatchObject([{ id }]);
  });

  it('is refused when it is not a UUID', async () => {
    const appended = database.dataSource.transaction(async (manager) =>
      outbox.append(manager, testEvent, { key: 'a', n: 1 }, { id: 'order 17' }),
    );
    await expect(appended).rejects.toMatchObject({ code: 'EVENT_ID_INVALID' });
  });
});
