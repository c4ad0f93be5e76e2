import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DRIFT_FIELD_CHARACTERS_MAX, DRIFT_FIELDS_MAX } from '../limits.ts';
import { MessageEvents } from './message-events.ts';
import { OTHER_FIELDS, PayloadDrift } from './payload-drift.ts';

const schema = z.object({
  id: z.string(),
  kind: z.string().default('thing'),
  address: z.object({ city: z.string() }).optional(),
  items: z.array(z.object({ sku: z.string() })).optional(),
  labels: z.record(z.string(), z.string()).optional(),
});

function newDrift() {
  const events = new MessageEvents();
  const drift = new PayloadDrift(events);
  const reported: string[] = [];
  events.on('record.drift', ({ event, version, field }) => reported.push(`${event} v${version} ${field}`));
  const look = (value: unknown): void => drift.look('thing.made', 1, value, schema.parse(value));
  return { drift, reported, look };
}

describe('fields that a schema does not name', () => {
  it('are counted once for each record, with their path, and reported once', () => {
    const { drift, reported, look } = newDrift();
    look({ id: 'a', color: 'red', address: { city: 'b', zip: 1 } });
    look({ id: 'a', color: null, items: [{ sku: 's', weight: 1 }, { sku: 't' }, { sku: 'u', weight: 2 }] });
    const counts = drift.snapshot().map(({ field, records }) => [field, records]);
    expect(counts).toEqual([
      ['color', 2],
      ['address.zip', 1],
      ['items[].weight', 1],
    ]);
    expect(reported).toEqual(['thing.made v1 color', 'thing.made v1 address.zip', 'thing.made v1 items[].weight']);
  });

  it('are none where the schema adds a default, names the keys freely, or returns what it was given', () => {
    const { drift, look } = newDrift();
    look({ id: 'a', address: { city: 'b' }, items: [{ sku: 's' }], labels: { any: 'thing' } });
    const value = { anything: 1 };
    drift.look('thing.made', 1, value, z.looseObject({}).parse(value));
    drift.look('thing.made', 1, null, null);
    expect(drift.snapshot()).toEqual([]);
  });

  it('count as a field even when every object inherits their name', () => {
    const { drift, look } = newDrift();
    look({ id: 'a', toString: 1 });
    expect(drift.snapshot()).toMatchObject([{ field: 'toString' }]);
  });

  it('are told apart up to a bound, however many a publisher makes and however long their names are', () => {
    const { drift, reported, look } = newDrift();
    look({ id: 'a', ['x'.repeat(DRIFT_FIELD_CHARACTERS_MAX + 1)]: 1 });
    for (let n = 0; n < 2 * DRIFT_FIELDS_MAX; n += 1) look({ id: 'a', [`field-${n}`]: n });
    const counts = drift.snapshot();
    expect(counts).toHaveLength(DRIFT_FIELDS_MAX);
    expect(counts.find(({ field }) => field === OTHER_FIELDS)).toMatchObject({ records: DRIFT_FIELDS_MAX + 2 });
    expect(reported).toHaveLength(DRIFT_FIELDS_MAX);
  });

  it('are counted without their name where that is a value, such as an e-mail address', () => {
    const { drift, look } = newDrift();
    look({ id: 'a', 'ada@example.com': 1, '2 tea': 1 });
    expect(drift.snapshot()).toMatchObject([{ field: OTHER_FIELDS, records: 1 }]);
  });
});
