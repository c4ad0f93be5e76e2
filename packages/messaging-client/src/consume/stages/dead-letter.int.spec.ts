import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openMessagingDatabase } from '../../../test/open-messaging-database.ts';
import { deliveryOf, handlerOf, openPartition, StageParts } from '../../../test/stage-parts.ts';
import { newTestEvent } from '../../../test/start-test-service.ts';
import { HEADER } from '../../envelope/cloud-event-headers.ts';
import { PermanentError } from '../../errors.ts';
import type { EventHandler } from '../../handler/event-handler.ts';
import type { Delivery } from '../delivery.ts';
import { GivenUp } from '../given-up.ts';
import type { HeldPartition } from '../held-partition.ts';
import { REPEATED } from '../outcome.ts';

const event = newTestEvent();
let dataSource: DataSource;
let drop: () => Promise<void>;
beforeAll(async () => {
  ({ dataSource, drop } = await openMessagingDatabase());
  await dataSource.query('CREATE TABLE note (text text NOT NULL)');
});
afterAll(async () => drop());

let held: HeldPartition;
let parts: StageParts;
beforeEach(async () => {
  await dataSource.query(
    'DELETE FROM parked_record; DELETE FROM dead_letter; DELETE FROM inbox_message; DELETE FROM outbox; DELETE FROM note',
  );
  held = openPartition(event);
  parts = new StageParts(dataSource);
  handle();
});

function handle(changes: Partial<EventHandler> = {}): void {
  parts.handlers.set(event.name, handlerOf(event, changes));
}

function failedRecord(): Delivery {
  const delivery = deliveryOf(held, event, { key: 'a', n: 1 });
  delivery.beginAttempt();
  delivery.failures = 1;
  return delivery;
}

/** As it comes from the database at its second attempt. */
async function parkedRecord(): Promise<Delivery> {
  const delivery = failedRecord();
  await parts.parking.until(delivery, 60_000, new Error('not yet'));
  const head = (await parts.parkedHead(delivery))!;
  head.beginAttempt();
  head.failures += 1;
  return head;
}

const notes = (text: string) =>
  new PermanentError('no', {
    record: async (manager) => void (await manager.query('INSERT INTO note VALUES ($1)', [text])),
  });
const failsToNote = new PermanentError('no', {
  record: async (manager) => void (await manager.query('INSERT INTO note VALUES (NULL)')),
});
const permanent = (error: Error): GivenUp => new GivenUp('permanent', error);

async function rows(table: string): Promise<unknown[]> {
  return dataSource.query(`SELECT * FROM ${table}`);
}

describe('a record that is given up', () => {
  it('is a dead letter in one transaction with its announcement, what the handler records, and its end as parked', async () => {
    const delivery = await parkedRecord();
    const dead = parts.reported('record.dead');
    await parts.deadLetter.put(delivery, permanent(notes('rejected')));
    const { offset, value } = delivery.message;
    expect(await rows('dead_letter')).toMatchObject([{ reason: 'permanent', error: 'no', attempts: 2, offset, value }]);
    expect(await rows('note')).toEqual([{ text: 'rejected' }]);
    expect(await rows('outbox')).toHaveLength(1);
    expect(await rows('parked_record')).toEqual([]);
    expect(dead).toMatchObject([{ offset, reason: 'permanent' }]);
  });

  it('is all as before when a part of that fails', async () => {
    const delivery = await parkedRecord();
    await expect(parts.deadLetter.put(delivery, permanent(failsToNote))).rejects.toThrow('null value');
    expect([await rows('dead_letter'), await rows('outbox')]).toEqual([[], []]);
    expect(await rows('parked_record')).toHaveLength(1);
  });

  it('is a dead letter without what the handler records once that has failed for all the attempts it has', async () => {
    handle({ attemptsMax: 1 });
    const delivery = await parkedRecord();
    expect(await parts.deadLetter.put(delivery, permanent(failsToNote))).toMatchObject({ is: 'dead' });
    expect(await rows('dead_letter')).toHaveLength(1);
  });
});

describe('later records of its key', () => {
  it('wait where its handler says hold', async () => {
    handle({ whenGivenUp: 'hold' });
    const delivery = failedRecord();
    expect(await parts.deadLetter.put(delivery, permanent(new Error('no')))).toEqual({ is: 'dead', keyWaits: true });
    expect(held.isParked(delivery.message.key)).toBe(true);
  });

  it('go on where its handler says skip', async () => {
    handle({ whenGivenUp: 'skip' });
    const delivery = failedRecord();
    expect(await parts.deadLetter.put(delivery, permanent(new Error('no')))).toEqual({ is: 'dead', keyWaits: false });
    expect(held.isParked(delivery.message.key)).toBe(false);
  });

  it('go on where it is not an event: it has no handler that could say hold', async () => {
    const garbage = deliveryOf(held, event, { key: 'a', n: 1 }, { headers: { [HEADER.id]: undefined } });
    const givenUp = new GivenUp('undecodable', new Error('header ce_id is missing'));
    expect(await parts.deadLetter.put(garbage, givenUp)).toEqual({ is: 'dead', keyWaits: false });
  });
});

it('a record that was handled meanwhile, by the instance that has its partition now, does not become a dead letter', async () => {
  const delivery = await parkedRecord();
  const dead = parts.reported('record.dead');
  const { topic, partition, message } = delivery;
  await dataSource.query(
    `INSERT INTO inbox_message (consumer_group, handler, event_id, state, topic, "partition", "offset", done_at)
     VALUES ('listener', $1, $2, 'done', $3, $4, $5, now())`,
    [event.name, message.headers!.first(HEADER.id)!.toString(), topic, partition, message.offset],
  );
  expect(await parts.deadLetter.put(delivery, permanent(new Error('no')))).toBe(REPEATED);
  expect([await rows('dead_letter'), dead, await rows('parked_record')]).toEqual([[], [], []]);
});
