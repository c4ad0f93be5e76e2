import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { deliveryOf, handlerOf, openPartition } from '../../../test/stage-parts.ts';
import type { RecordChanges } from '../../../test/stage-parts.ts';
import { newTestEvent } from '../../../test/start-test-service.ts';
import type { TestPayload } from '../../../test/start-test-service.ts';
import { HEADER } from '../../envelope/cloud-event-headers.ts';
import type { EventDefinition } from '../../event-definition.ts';
import type { ParkedHead } from '../../parking/parked-records.ts';
import { MessageEvents } from '../../observe/message-events.ts';
import { PayloadDrift } from '../../observe/payload-drift.ts';
import { Delivery } from '../delivery.ts';
import { GivenUp } from '../given-up.ts';
import { HANDLED, IGNORED } from '../outcome.ts';
import { Decode } from './decode.ts';

const event = newTestEvent();
const held = openPartition(event);
const record = (changes: RecordChanges = {}): Delivery => deliveryOf(held, event, { key: 'a', n: 1 }, changes);

function newDecode(consumed: EventDefinition<TestPayload> | undefined = event) {
  const handler = consumed && handlerOf(consumed);
  const drift = new PayloadDrift(new MessageEvents());
  const forgotten: Delivery[] = [];
  const passedOn: Delivery[] = [];
  const decode = new Decode(new Map(handler && [[handler.event.name, handler]]), drift, async (delivery) => {
    forgotten.push(delivery);
  });
  const run = async (delivery: Delivery) =>
    decode.run(delivery, (decoded) => {
      passedOn.push(decoded);
      return HANDLED;
    });
  return { run, handler, drift, forgotten, passedOn };
}

describe('a record', () => {
  it('goes on with its headers, its handler, and the payload as the schema returns it', async () => {
    const schema = z.object({ key: z.string().toUpperCase(), n: z.int(), text: z.string().default('none') });
    const { run, handler } = newDecode({ ...event, schema });
    const delivery = record({ eventId: 'event 1' });
    expect(await run(delivery)).toBe(HANDLED);
    expect(delivery).toMatchObject({ headers: { id: 'event 1', name: event.name, version: 1 }, handler });
    expect(delivery.payload).toEqual({ key: 'A', n: 1, text: 'none' });
  });

  it('has each field counted that the schema does not name, at its first attempt', async () => {
    const { run, drift } = newDecode();
    const delivery = record({ value: Buffer.from('{"key":"a","n":1,"color":"red"}') });
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      delivery.beginAttempt();
      await run(delivery);
    }
    expect(delivery.payload).toEqual({ key: 'a', n: 1 });
    expect(drift.snapshot()).toEqual([{ event: event.name, version: 1, field: 'color', records: 1 }]);
  });

  it('waits for a schema that validates asynchronously', async () => {
    const schema = z.object({ key: z.string(), n: z.int().refine(async (n) => n === 1, 'not 1') });
    // zod validates asynchronously only by another method; other libraries return a promise from this one.
    const validate = async (value: unknown) => {
      const { success, data, error } = await schema.safeParseAsync(value);
      return success ? { value: data } : { issues: error.issues };
    };
    const { run, passedOn } = newDecode({ ...event, schema: { '~standard': { validate } } });
    expect(await run(record())).toBe(HANDLED);
    await expect(run(deliveryOf(held, event, { key: 'a', n: 2 }))).rejects.toMatchObject({ reason: 'invalid' });
    expect(passedOn).toHaveLength(1);
  });

  const unreadable: Array<[string, RecordChanges, reason: string, code: string]> = [
    ['without an id', { headers: { [HEADER.id]: undefined } }, 'undecodable', 'RECORD_UNDECODABLE'],
    ['whose value is not JSON', { value: Buffer.from('{') }, 'undecodable', 'RECORD_UNDECODABLE'],
    ['without a value', { value: null }, 'undecodable', 'RECORD_UNDECODABLE'],
    ['of an older version', { headers: { [HEADER.dataSchema]: 'x:v0' } }, 'unknown-version', 'EVENT_VERSION_UNKNOWN'],
    ['that the schema rejects', { value: Buffer.from('{"key":"a","n":"1"}') }, 'invalid', 'PAYLOAD_INVALID'],
  ];
  it.each(unreadable)('%s is given up at once, and no handler sees it', async (_, changes, reason, code) => {
    const { run, passedOn } = newDecode();
    const failure = await run(record(changes)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(GivenUp);
    expect(failure).toMatchObject({ reason, error: { code } });
    expect(passedOn).toEqual([]);
  });
});

it('a record of a newer version than this service knows is not given up: a deployment may make it readable', async () => {
  const { run, passedOn } = newDecode();
  const failure = await run(record({ headers: { [HEADER.dataSchema]: 'x:v2' } })).catch((error: unknown) => error);
  expect(failure).not.toBeInstanceOf(GivenUp);
  expect(failure).toMatchObject({ code: 'EVENT_VERSION_UNKNOWN' });
  expect(passedOn).toEqual([]);
});

describe('a record of an earlier version', () => {
  const v2 = {
    ...event,
    version: 2,
    key: ({ key }: { key: string; numbers: number[] }) => key,
    schema: z.object({ key: z.string(), numbers: z.array(z.int()) }),
    upcast: { from: event, apply: ({ key, n }: TestPayload) => ({ key, numbers: [n] }) },
  };
  const v3 = {
    ...event,
    version: 3,
    schema: z.object({ key: z.string(), sum: z.int().max(9) }),
    upcast: {
      from: v2,
      apply({ key, numbers }: z.output<typeof v2.schema>) {
        if (numbers.includes(0)) throw new Error('no zero');
        return { key, sum: numbers.reduce((sum, n) => sum + n, 0) };
      },
    },
  };

  it('reaches the handler as a payload of its version, through the upcasts in between', async () => {
    const { run } = newDecode(v3 as never);
    const delivery = record();
    expect(await run(delivery)).toBe(HANDLED);
    expect(delivery).toMatchObject({ headers: { version: 1 }, payload: { key: 'a', sum: 1 } });
    const second = deliveryOf(held, v2, { key: 'a', numbers: [1, 2] });
    await run(second);
    expect(second.payload).toEqual({ key: 'a', sum: 3 });
  });

  it.each([
    ['its own schema rejects it', 'n: ', { n: 0.5 }],
    ['the upcast fails', '(upcast from v2 to v3): Error: no zero', { n: 0 }],
    ['the schema of the new version rejects what the upcast makes', 'sum: ', { n: 10 }],
  ])('is invalid when %s', async (_, problem, changes) => {
    const { run } = newDecode(v3 as never);
    const invalid = deliveryOf(held, event, { key: 'a', ...changes });
    await expect(run(invalid)).rejects.toMatchObject({
      reason: 'invalid',
      error: { code: 'PAYLOAD_INVALID', message: expect.stringContaining(problem) as string },
    });
  });
});

it.each([
  ['v2 beside v1, which the handler reads', 2, '2,1', IGNORED],
  ['v0 beside v1, which the handler reads', 0, '1,0', IGNORED],
  ['v1 beside v2', 1, '2,1', HANDLED],
])('a record of %s', async (_, version, versions, outcome) => {
  const { run } = newDecode();
  const headers = { [HEADER.dataSchema]: `x:v${version}`, [HEADER.dataVersions]: versions };
  expect(await run(record({ headers }))).toBe(outcome);
});

it('a record of v3 beside v2 waits for a deployment, when the handler reads neither', async () => {
  const { run } = newDecode();
  const headers = { [HEADER.dataSchema]: 'x:v3', [HEADER.dataVersions]: '3,2' };
  await expect(run(record({ headers }))).rejects.toMatchObject({ code: 'EVENT_VERSION_UNKNOWN' });
});

describe('a record of an event that no handler consumes', () => {
  const other = { ...event, name: 'thing.ignored' };

  it('is ignored without a look at its value', async () => {
    const { run, passedOn, forgotten } = newDecode(other);
    expect(await run(record({ value: Buffer.from('{') }))).toBe(IGNORED);
    expect([passedOn, forgotten]).toEqual([[], []]);
  });

  it('is removed from where it is parked: the handler was deleted since', async () => {
    const { run, forgotten } = newDecode(other);
    const { message } = record();
    const parked = new Delivery(held, message, { attempts: 3, failures: 3 } as ParkedHead);
    expect(await run(parked)).toBe(IGNORED);
    expect(forgotten).toEqual([parked]);
  });
});
