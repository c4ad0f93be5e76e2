import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CHECKOUT } from '../../tidy/repository-files.ts';
import { formatted } from '../format.ts';
import { INDEX, removeFromIndex, removeTopic, TOPICS } from './catalog-files.ts';
import { changesForEvent, newEvent } from './new-event.ts';

const issued = { name: 'parcel.handed-over', topic: 'parcel', key: 'parcelId', owner: 'courier' };
const read = (path: string): string => readFileSync(join(CHECKOUT, path), 'utf8');

it('an event is its definition, one more name in the index, and its topic if that is new', async () => {
  const changes = await changesForEvent(CHECKOUT, issued);
  expect([...changes.keys()].toSorted()).toEqual([INDEX, 'packages/event-catalog/src/parcel-handed-over.ts', TOPICS]);
  expect(changes.get('packages/event-catalog/src/parcel-handed-over.ts')).toMatch(
    /parcelHandedOver = defineEvent.*key: \(\{ parcelId \}\) => parcelId.*handedOverAt: z\.iso\.datetime\(\)/s,
  );
  expect(changes.get(INDEX)).toMatch(/eventCatalog = \[[^\]]*parcelHandedOver,?\s*\]/);
  expect([...(await changesForEvent(CHECKOUT, { ...issued, topic: 'order' })).keys()]).not.toContain(TOPICS);
});

it('what adds an event to the lists, taken back, leaves them as they were', async () => {
  const changes = await changesForEvent(CHECKOUT, issued);
  expect(await formatted(CHECKOUT, INDEX, removeFromIndex(changes.get(INDEX)!, issued.name))).toBe(read(INDEX));
  expect(await formatted(CHECKOUT, TOPICS, removeTopic(changes.get(TOPICS)!, issued.topic))).toBe(read(TOPICS));
});

it.each([
  ['order.completed', {}, /order\.completed exists/],
  ['order completed', {}, /"order completed".*a space/],
  ['order-completed', {}, /0 dots/],
  ['order.completed.again', {}, /2 dots/],
  ['big order.completed', {}, /"big order".*a space/],
  ['Order.completed', {}, /"Order".*a capital letter/],
  ['order.', {}, /"".*empty/],
  ['1order.completed', {}, /begins with a digit/],
  ['order.com_pleted', {}, /has "_"/],
  [`order.${'a'.repeat(60)}`, {}, /too long/],
  // Other exports of the catalog: its type EventDefinition and its file define-event.ts.
  ['event.definition', {}, /exports EventDefinition already/],
  ['define.event', {}, /packages\/event-catalog\/src\/define-event\.ts/],
  ['parcel.sent', { topic: 'a b' }, /"a b".*topic.*a space/],
  ['parcel.sent', { key: 'parcel-id' }, /"parcel-id" is not a name of a field/],
  ['parcel.sent', { key: 'sentAt' }, /"sentAt" is the time/],
  ['parcel.sent', { key: 'class' }, /would not be valid/],
])('%s %j is refused with a sentence that names what is wrong', async (name, others, sentence) => {
  await expect(changesForEvent(CHECKOUT, { ...issued, name, ...others })).rejects.toThrow(sentence);
});

it('topic, key and owner have defaults that follow from the name', () => {
  const given = { name: 'big-parcel.sent' };
  expect(newEvent.values.map(({ option, preset }) => [option, preset?.(given, CHECKOUT)])).toEqual([
    ['name', undefined],
    ['topic', 'big-parcel'],
    ['key', 'bigParcelId'],
    ['owner', 'any'],
  ]);
});

it('the owner is a service that exists, which may be named without -service', async () => {
  const plan = (owner: string) => newEvent.plan(CHECKOUT, { ...issued, owner }, new Set());
  const { changes } = await plan('order');
  expect(changes.get('packages/event-catalog/src/parcel-handed-over.ts')).toContain("owner: 'order-service'");
  await expect(plan('parcel')).rejects.toThrow('no service is named parcel');
  expect(newEvent.values.at(-1)!.preset!({ name: 'order.cancelled' }, CHECKOUT)).toBe('order-service');
});
