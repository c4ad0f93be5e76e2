import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openMessagingDatabase } from '../../../test/open-messaging-database.ts';
import { deliveryOf, openPartition, StageParts } from '../../../test/stage-parts.ts';
import { newTestEvent } from '../../../test/start-test-service.ts';
import type { Delivery } from '../delivery.ts';
import { HeldPartition } from '../held-partition.ts';
import { HANDLED, PARKED, REVOKED } from '../outcome.ts';
import type { Outcome } from '../outcome.ts';
import { TakeTurn } from './take-turn.ts';

const event = newTestEvent();
let dataSource: DataSource;
let drop: () => Promise<void>;
beforeAll(async () => {
  ({ dataSource, drop } = await openMessagingDatabase());
});
afterAll(async () => drop());

let held: HeldPartition;
let parts: StageParts;
let attempted: Delivery[];
beforeEach(async () => {
  await dataSource.query('DELETE FROM parked_record');
  held = openPartition(event);
  parts = new StageParts(dataSource);
  attempted = [];
});

const record = (key: string, partition = held): Delivery => deliveryOf(partition, event, { key, n: 1 });

function takeTurn(delivery: Delivery, { parkedRecords, parking } = parts): Outcome | Promise<Outcome> {
  return new TakeTurn(parkedRecords, parking).run(delivery, () => {
    attempted.push(delivery);
    return HANDLED;
  });
}

/** A record of the key has failed, and waits in the database for its next attempt. */
async function parkFirst(key: string): Promise<Delivery> {
  const first = record(key);
  first.beginAttempt();
  await parts.parking.until(first, 60_000, new Error('not yet'));
  return first;
}

describe('a fetched record', () => {
  it('is attempted at once when no record of its key is parked', async () => {
    await parkFirst('other');
    const delivery = record('a');
    // Without a promise: most records come this way.
    expect(takeTurn(delivery)).toBe(HANDLED);
    expect(delivery.attempts).toBe(1);
  });

  it('is parked behind an earlier record of its key, without an attempt', async () => {
    const first = await parkFirst('a');
    const parkedEvents = parts.reported('record.parked');
    const delivery = record('a');
    expect(await takeTurn(delivery)).toBe(PARKED);
    expect(attempted).toEqual([]);
    const rows = await dataSource.query('SELECT "offset", attempts, due_at FROM parked_record ORDER BY "offset"');
    expect(rows).toMatchObject([
      { offset: first.message.offset, attempts: 1, due_at: expect.any(Date) as Date },
      // Due when the first is handled.
      { offset: delivery.message.offset, attempts: 0, due_at: null },
    ]);
    expect(parkedEvents).toMatchObject([{ offset: delivery.message.offset, attempt: 0, error: undefined }]);
  });

  it('waits until it is known which keys of its partition are parked', async () => {
    const opening = new HeldPartition(held.group, held);
    const [free, behind] = [record('free', opening), record('a', opening)];
    const outcomes = Promise.all([takeTurn(free), takeTurn(behind)]);
    await new Promise(setImmediate);
    expect(attempted).toEqual([]);
    opening.open([Buffer.from('a')], undefined);
    expect(await outcomes).toEqual([HANDLED, PARKED]);
    expect(attempted).toEqual([free]);
  });

  it('is looked up in the database when more keys are parked than are remembered', async () => {
    await parkFirst('a');
    const forgetful = new HeldPartition(held.group, held);
    forgetful.open(undefined, undefined);
    expect(await takeTurn(record('a', forgetful))).toBe(PARKED);
    expect(await takeTurn(record('b', forgetful))).toBe(HANDLED);

    const { dataSource: unavailable, drop: dropOther } = await openMessagingDatabase();
    await dropOther();
    const delivery = record('b', forgetful);
    expect(await takeTurn(delivery, new StageParts(unavailable))).toMatchObject({ is: 'retry' });
    expect(delivery.attempts).toBe(0);
  });

  it('is left to the next holder when its partition was taken away, and stays in its lane when the service stops', async () => {
    const [revoked, stopping] = [new HeldPartition(held.group, held), new HeldPartition(held.group, held)];
    const outcomes = Promise.all([takeTurn(record('a', revoked)), takeTurn(record('a', stopping))]);
    revoked.revoke();
    stopping.stop();
    expect(await outcomes).toMatchObject([REVOKED, { is: 'retry' }]);
    expect(attempted).toEqual([]);
  });
});

it('a record from the database is attempted: it is the first of its parked key', async () => {
  const head = (await parts.parkedHead(await parkFirst('a')))!;
  expect(held.isParked(head.message.key)).toBe(true);
  expect(takeTurn(head)).toBe(HANDLED);
  expect(head.attempts).toBe(2);
});
