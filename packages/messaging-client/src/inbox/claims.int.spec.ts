import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestService } from '../../test/start-test-service.ts';
import { useBus } from '../../test/use-bus.ts';
import { isOutage } from '../database/is-outage.ts';
import { RESENDS_MAX } from '../limits.ts';
import type { RecordContext } from '../handler/record-context.ts';
import { currentRecord, runInScope } from '../observe/scope.ts';
import type { CurrentRecord, Scope } from '../observe/scope.ts';
import type { InstanceLock } from '../database/instance-lock.ts';
import { testContext } from '../testing/test-context.ts';
import { Claims } from './claims.ts';

const bus = useBus();
let client: Client;
beforeAll(async () => {
  client = new Client({ connectionString: bus.databaseUrl });
  await client.connect();
});
afterAll(async () => client.end());

/** An instance of a service that accepts no duplicate. */
async function start(act: () => Promise<void>): Promise<TestService> {
  return bus.startOutside({ whenAmbiguous: 'hold' }, async (_, context) => {
    const claim = await context.claim();
    await act();
    return claim.confirm();
  });
}

/** The same event in every partition, as a publisher that sends twice under changing keys would write it. */
async function produceEverywhere(eventId: string): Promise<void> {
  const partitions = Array.from({ length: bus.event.topic.partitions }, (_, partition) => partition);
  await bus.produce(...partitions.map((n) => ({ ...bus.record(eventId, { key: `key ${n}`, n }), partition: n })));
}

/** Ends the session of an instance lock, again and again, until the condition holds. */
async function cutInstanceLock(name: string, hasHappened: () => boolean | Promise<boolean>): Promise<void> {
  do {
    await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = $1`,
      [name],
    );
  } while (!(await hasHappened()));
}

async function inboxOf(eventId: string): Promise<{ state: string; claimed_by: number | null } | undefined> {
  const { rows } = await client.query(`SELECT state, claimed_by FROM inbox_message WHERE event_id = $1`, [eventId]);
  return rows[0] as { state: string; claimed_by: number | null } | undefined;
}

describe('claims that are made together', () => {
  const recordOf = (eventId: string): RecordContext => testContext({ group: bus.group, event: bus.event, eventId });

  const claimsOf = ({ dataSource }: TestService): Claims =>
    new Claims(dataSource, { id: 1, session: {} } as InstanceLock);

  it('and confirmations run what each of them writes in the context of its own record', async () => {
    const claims = claimsOf(await start(async () => undefined));
    const seen: Array<[string, string | undefined]> = [];
    const ids = [randomUUID(), randomUUID(), randomUUID()];
    await Promise.all(
      ids.map(async (id) =>
        runInScope({ record: { eventId: id } as CurrentRecord } as Scope, async () => {
          const note = async (): Promise<void> => void seen.push([id, currentRecord()?.eventId]);
          await claims.claim(recordOf(id), 0, note);
          await claims.confirm(recordOf(id), note);
        }),
      ),
    );
    expect(seen).toEqual([...ids, ...ids].map((id) => [id, id]));
    for (const id of ids) expect(await inboxOf(id)).toEqual({ state: 'done', claimed_by: null });
  });

  it('fail alone: what one of them writes and cannot leaves the others claimed, each once', async () => {
    const claims = claimsOf(await start(async () => undefined));
    const [good, bad] = [randomUUID(), randomUUID()];
    const outcomes = await Promise.allSettled([
      claims.claim(recordOf(good), 0, async (manager) => manager.query('SELECT 1')),
      claims.claim(recordOf(bad), 0, async (manager) => manager.query('SELECT 1 / 0')),
    ]);
    expect(outcomes).toMatchObject([
      { status: 'fulfilled', value: { ambiguous: false, attempt: 1 } },
      { status: 'rejected', reason: { message: 'division by zero' } },
    ]);
    expect(await inboxOf(good)).toMatchObject({ state: 'claimed' });
    expect(await inboxOf(bad)).toBeUndefined();
  });
});

describe('a process that is taken for dead while it acts', () => {
  it('ends the doubt when it confirms: its event is done, and the dead letter that came of the doubt is closed', async () => {
    const eventId = randomUUID();
    let acted = 0;
    const act = async (): Promise<void> => {
      acted += 1;
      const claim = await inboxOf(eventId);
      await cutInstanceLock(`instance ${claim?.claimed_by}`, async () => (await inboxOf(eventId))?.state === 'dead');
    };
    const instances = [await start(act), await start(act)];
    const handled = new Promise((resolve) => {
      for (const { events } of instances) events.on('record.handled', ({ repeated }) => !repeated && resolve(repeated));
    });
    await produceEverywhere(eventId);
    await handled;

    expect(acted).toBe(1);
    expect(await inboxOf(eventId)).toEqual({ state: 'done', claimed_by: null });
    expect(await instances[0]!.deadLetters.find({ eventId })).toMatchObject([
      { state: 'dropped', reason: 'permanent', resolvedBy: 'the handler, which confirmed its effect later' },
    ]);
  });
});

describe('a process that the database does not know to be alive', () => {
  it('claims nothing, because no instance would respect it; its record waits', async () => {
    const { dataSource } = await start(async () => undefined);
    const claims = new Claims(dataSource, { id: 1, session: undefined } as InstanceLock);
    const eventId = randomUUID();
    const record = testContext({ group: bus.group, event: bus.event, eventId });
    const error: unknown = await claims.claim(record, RESENDS_MAX, undefined).catch((refusal: unknown) => refusal);
    expect(error).toMatchObject({ code: 'INSTANCE_LOCK_LOST' });
    expect(isOutage(error)).toBe(true);
    expect(await inboxOf(eventId)).toBeUndefined();
  });
});
