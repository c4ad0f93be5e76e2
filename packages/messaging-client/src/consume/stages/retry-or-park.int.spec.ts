import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openMessagingDatabase } from '../../../test/open-messaging-database.ts';
import { deliveryOf, handlerOf, openPartition, StageParts } from '../../../test/stage-parts.ts';
import { newTestEvent } from '../../../test/start-test-service.ts';
import { InstanceLock } from '../../database/instance-lock.ts';
import { PermanentError, ServiceStopping, TransientError } from '../../errors.ts';
import type { EventHandler } from '../../handler/event-handler.ts';
import {
  PARKED_DELAY_MS,
  QUICK_ATTEMPTS_MAX,
  QUICK_DELAY_MS,
  RESEND_DELAY_MS,
  UNKNOWN_VERSION_WAIT_MS_MAX,
} from '../../limits.ts';
import { SemaphoreClosed } from '../../semaphore.ts';
import { MessageEvents } from '../../observe/message-events.ts';
import { PayloadDrift } from '../../observe/payload-drift.ts';
import type { Delivery } from '../delivery.ts';
import { FailureJudge } from '../failure-judge.ts';
import type { HeldPartition } from '../held-partition.ts';
import { HANDLED, PARKED } from '../outcome.ts';
import type { Outcome } from '../outcome.ts';
import { Decode } from './decode.ts';
import { RetryOrPark } from './retry-or-park.ts';

const event = newTestEvent();
let dataSource: DataSource;
let drop: () => Promise<void>;
beforeAll(async () => {
  ({ dataSource, drop } = await openMessagingDatabase());
});
afterAll(async () => drop());

let held: HeldPartition;
let parts: StageParts;
beforeEach(async () => {
  await dataSource.query('DELETE FROM parked_record; DELETE FROM dead_letter; DELETE FROM inbox_message');
  held = openPartition(event);
  parts = new StageParts(dataSource);
});

const record = (): Delivery => deliveryOf(held, event, { key: 'a', n: 1 });

/** One attempt, whose handler does what `handle` does. */
async function attempt(
  delivery: Delivery,
  handle: (delivery: Delivery) => Promise<void>,
  handlerChanges: Partial<EventHandler> = {},
  { deadLetter, parking, events, handlers } = parts,
): Promise<Outcome> {
  handlers.set(event.name, handlerOf(event, handlerChanges));
  const stage = new RetryOrPark({
    deadLetter,
    parking,
    events,
    judge: new FailureJudge(new InstanceLock('never connected', 'none')),
    delays: { parkedDelayMs: PARKED_DELAY_MS, resendDelayMs: RESEND_DELAY_MS },
  });
  const decode = new Decode(handlers, new PayloadDrift(new MessageEvents()), async () => undefined);
  delivery.beginAttempt();
  return stage.run(delivery, (one) =>
    decode.run(one, async () => {
      await handle(one);
      return HANDLED;
    }),
  );
}

const fail = async (): Promise<void> => {
  throw new Error('not yet');
};
const succeed = async (): Promise<void> => undefined;
const failWith = (error: unknown) => async (): Promise<void> => {
  throw error;
};

const parkedRows = (): Promise<unknown[]> => dataSource.query('SELECT attempts, failures, error FROM parked_record');
const letters = (): Promise<unknown[]> => dataSource.query('SELECT reason, attempts, error FROM dead_letter');

describe('a record that fails', () => {
  it('twice is attempted twice again from its lane, each time a little later, and nothing is left of that', async () => {
    const retries = parts.reported('record.retry');
    const delivery = record();
    expect(await attempt(delivery, fail)).toMatchObject({ is: 'retry' });
    expect(await attempt(delivery, fail)).toMatchObject({ is: 'retry' });
    expect(await attempt(delivery, succeed)).toBe(HANDLED);
    expect(retries).toMatchObject([{ attempt: 1 }, { attempt: 2 }]);
    for (const { retryInMs } of retries) expect(retryInMs).toBeLessThanOrEqual(QUICK_DELAY_MS.max);
    expect([await parkedRows(), await letters(), held.isParked(delivery.message.key)]).toEqual([[], [], false]);
  });

  it('more often is parked with its key, and goes on counting from the database', async () => {
    const delivery = record();
    for (let n = 1; n < QUICK_ATTEMPTS_MAX; n += 1) await attempt(delivery, fail);
    expect(await attempt(delivery, fail)).toBe(PARKED);
    expect(held.isParked(delivery.message.key)).toBe(true);
    const counts = (count: number) => [{ attempts: count, failures: count, error: 'not yet' }];
    expect(await parkedRows()).toEqual(counts(QUICK_ATTEMPTS_MAX));

    expect(await attempt((await parts.parkedHead(delivery))!, fail)).toBe(PARKED);
    expect(await parkedRows()).toEqual(counts(QUICK_ATTEMPTS_MAX + 1));
  });

  it('as often as its handler allows becomes a dead letter', async () => {
    const delivery = record();
    const twice = { attemptsMax: 2 };
    expect(await attempt(delivery, fail, twice)).toMatchObject({ is: 'retry' });
    expect(await attempt(delivery, fail, twice)).toEqual({ is: 'dead', keyWaits: true });
    expect(await letters()).toEqual([{ reason: 'exhausted', attempts: 2, error: 'not yet' }]);
  });

  it.each([
    ['a TransientError', new TransientError('the mail server is unavailable')],
    ['a lost connection', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })],
    ['a deadlock', Object.assign(new Error('deadlock detected'), { code: '40P01' })],
  ])('by %s is attempted again, and that does not count towards giving it up', async (_, error) => {
    const delivery = record();
    const once = { attemptsMax: 1 };
    for (let n = 1; n < QUICK_ATTEMPTS_MAX; n += 1) {
      expect(await attempt(delivery, failWith(error), once)).toMatchObject({ is: 'retry' });
    }
    expect(await attempt(delivery, failWith(error), once)).toBe(PARKED);
    expect(delivery).toMatchObject({ attempts: QUICK_ATTEMPTS_MAX, failures: 0 });
    expect(await attempt((await parts.parkedHead(delivery))!, fail, once)).toMatchObject({ is: 'dead' });
  });

  it.each([undefined, null, 'a string'])('by throwing %j is attempted again like any other', async (thrown) => {
    const retries = parts.reported('record.retry');
    expect(await attempt(record(), failWith(thrown))).toMatchObject({ is: 'retry' });
    expect(retries).toMatchObject([{ error: { message: String(thrown) } }]);
  });

  it('by a PermanentError, or because it cannot be read, becomes a dead letter at its first attempt', async () => {
    expect(await attempt(record(), failWith(new PermanentError('no')))).toMatchObject({ is: 'dead' });
    const garbage = deliveryOf(held, event, { key: 'b', n: 1 }, { value: Buffer.from('{') });
    expect(await attempt(garbage, succeed)).toMatchObject({ is: 'dead' });
    expect(await letters()).toMatchObject([
      { reason: 'permanent', attempts: 1 },
      { reason: 'undecodable', attempts: 1 },
    ]);
  });
});

describe('a record of a newer version than the service knows', () => {
  const newer = (): Delivery => deliveryOf(held, { ...event, version: 2 }, { key: 'a', n: 1 }, { eventId: 'event 1' });

  it('is parked at once, without a failure, and is handled when the version is known', async () => {
    const reports = parts.reported('record.parked');
    const delivery = newer();
    expect(await attempt(delivery, succeed, { attemptsMax: 1 })).toBe(PARKED);
    expect(await attempt((await parts.parkedHead(delivery))!, succeed, { attemptsMax: 1 })).toBe(PARKED);
    const codes: unknown = await dataSource.query('SELECT error_code, failures FROM parked_record');
    expect(codes).toEqual([{ error_code: 'EVENT_VERSION_UNKNOWN', failures: 0 }]);
    expect(reports).toMatchObject([{ error: { code: 'EVENT_VERSION_UNKNOWN' } }, { attempt: 2 }]);

    const known = { event: { ...event, version: 2 } };
    expect(await attempt((await parts.parkedHead(delivery))!, succeed, known)).toBe(HANDLED);
    expect(await letters()).toEqual([]);
  });

  it('becomes a dead letter of its own reason when it has waited for too long, and the inbox does not know its event', async () => {
    const delivery = newer();
    await attempt(delivery, succeed);
    await dataSource.query(
      `UPDATE parked_record SET created_at = created_at - $1::double precision * interval '1 millisecond'`,
      [UNKNOWN_VERSION_WAIT_MS_MAX],
    );
    expect(await attempt((await parts.parkedHead(delivery))!, succeed)).toMatchObject({ is: 'dead' });
    expect(await letters()).toMatchObject([{ reason: 'unknown-version', attempts: 2 }]);
    expect(await parkedRows()).toEqual([]);
    expect(await dataSource.query('SELECT * FROM inbox_message')).toEqual([]);
  });
});

describe('a record whose dead letter cannot be written', () => {
  it('is parked, and its next attempt decides again', async () => {
    const delivery = record();
    await dataSource.query('ALTER TABLE dead_letter RENAME COLUMN reason TO why');
    const outcome = await attempt(delivery, failWith(new PermanentError('no')));
    await dataSource.query('ALTER TABLE dead_letter RENAME COLUMN why TO reason');
    expect(outcome).toBe(PARKED);
    expect(await parkedRows()).toMatchObject([{ attempts: 1, error: expect.stringContaining('"reason"') as string }]);

    const head = (await parts.parkedHead(delivery))!;
    expect(await attempt(head, failWith(new PermanentError('no')))).toMatchObject({ is: 'dead' });
    expect(await letters()).toMatchObject([{ reason: 'permanent', attempts: 2 }]);
    expect(await parkedRows()).toEqual([]);
  });

  it('stays at the head of its lane while it cannot be parked either', async () => {
    const other = await openMessagingDatabase();
    await other.drop();
    const unavailable = new StageParts(other.dataSource);
    const retries = unavailable.reported('record.retry');
    const delivery = record();
    const outcome = await attempt(delivery, failWith(new PermanentError('no')), {}, unavailable);
    expect(outcome).toMatchObject({ is: 'retry' });
    expect(retries).toHaveLength(1);
    expect(held.isParked(delivery.message.key)).toBe(false);
  });
});

describe('an outside effect of unknown outcome', () => {
  const outside = (resendsMax: number): Partial<EventHandler> => ({
    effect: { kind: 'outside', resendsMax },
    whenGivenUp: 'skip',
  });
  /** Claimed, and not confirmed, so many times. */
  const failsInDoubt = (unconfirmed: number) => async (delivery: Delivery) => {
    delivery.effect = { unconfirmed };
    throw new Error('no answer');
  };

  it('is parked at its first failure, for longer than another one, and reported', async () => {
    const reports = parts.reported('effect.ambiguous');
    expect(await attempt(record(), failsInDoubt(1), outside(1))).toBe(PARKED);
    expect(reports).toMatchObject([{ unconfirmed: 1, resendsMax: 1, error: { message: 'no answer' } }]);
    expect(reports[0]!.retryInMs).toBeGreaterThan(PARKED_DELAY_MS.first);
  });

  it('becomes a dead letter when it has been resent as often as allowed', async () => {
    const reports = parts.reported('effect.ambiguous');
    const dead = parts.reported('record.dead');
    expect(await attempt(record(), failsInDoubt(2), outside(1))).toEqual({ is: 'dead', keyWaits: false });
    expect(reports).toMatchObject([{ unconfirmed: 2, retryInMs: undefined }]);
    expect(dead).toMatchObject([{ reason: 'permanent', error: { cause: { code: 'OUTCOME_UNKNOWN' } } }]);
    const error = 'the outcome of 2 attempts is unknown, the effect may have happened: no answer';
    expect(await letters()).toMatchObject([{ error }]);
  });
});

it.each([
  ['whose handler was not called', new SemaphoreClosed()],
  ['whose effect was not begun', new ServiceStopping('the service stops')],
])('a record %s because the service stops has not failed', async (_, error) => {
  const retries = parts.reported('record.retry');
  const delivery = record();
  expect(await attempt(delivery, failWith(error), { attemptsMax: 1 })).toMatchObject({ is: 'retry' });
  expect([delivery.failures, retries]).toEqual([0, []]);
});
