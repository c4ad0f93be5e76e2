import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CHECKOUT } from '../../tidy/repository-files.ts';
import { addToLockfile, LOCKFILE, removeFromLockfile } from './shared-files.ts';
import { changesForService, nameOfService, newService } from './new-service.ts';
import { removeService } from './remove-service.ts';

it('a service is a folder with its manifest, module, handler, migration and specs, and an entry of the lockfile', async () => {
  const changes = await changesForService(CHECKOUT, { name: 'parcel-service', consumed: 'order.completed' });
  expect([...changes.keys()].toSorted()).toEqual([
    ...['package.json', 'service.json', 'src/config.ts'].map((path) => `apps/parcel-service/${path}`),
    'apps/parcel-service/src/entries/keep-entry-when-order-completed.int.spec.ts',
    'apps/parcel-service/src/entries/keep-entry-when-order-completed.ts',
    'apps/parcel-service/src/main.ts',
    'apps/parcel-service/src/migrations/0001-create-entries.ts',
    'apps/parcel-service/src/parcel-service.boot.spec.ts',
    'apps/parcel-service/src/parcel-service.module.ts',
    'apps/parcel-service/tsconfig.build.json',
    'docs/retention.md',
    LOCKFILE,
  ]);
});

it('the lockfile is as before when the entries of a service are removed again', () => {
  const before = readFileSync(join(CHECKOUT, LOCKFILE), 'utf8');
  expect(addToLockfile(CHECKOUT, 'parcel-service', { name: '@event-bus/parcel-service' })).not.toBe(before);
  expect(removeFromLockfile(CHECKOUT, 'parcel-service')).toBe(before);
});

it('the name of a service ends in -service', () => {
  expect([nameOfService('parcel'), nameOfService('parcel-service')]).toEqual(['parcel-service', 'parcel-service']);
});

it.each([
  ['order-service', 'order.completed', undefined, /apps\/order-service exists/],
  ['big parcel-service', 'order.completed', undefined, /"big parcel-service".*a space/],
  ['Parcel-service', 'order.completed', undefined, /a capital letter/],
  [`${'a'.repeat(40)}-service`, 'order.completed', undefined, /too long/],
  ['parcel-service', 'parcel.sent', undefined, /the event parcel\.sent does not exist/],
  ['maildev-service', 'order.completed', 'Parcel.sent', /"Parcel".*a capital letter/],
  ['parcel-service', 'order.completed', 'email.sent', /published by mail-service, not by parcel-service/],
  ['parcel-service', 'email.requested', 'email.requested', /publish it again, without end/],
])('%s, consuming %s and publishing %s, is refused with a sentence', async (name, consumed, published, sentence) => {
  await expect(changesForService(CHECKOUT, { name, consumed, published })).rejects.toThrow(sentence);
});

it.each([
  ['name', 'order', /apps\/order-service exists/],
  ['hears', 'parcel.sent', /the event parcel\.sent does not exist/],
])('the question for the %s refuses the answer %s at once', (option, answer, sentence) => {
  const value = newService.values.find((one) => one.option === option);
  expect(() => value?.check?.(answer, {}, CHECKOUT)).toThrow(sentence);
});

it('a service with an outside effect has a mailer, and its settings', async () => {
  const changes = await changesForService(CHECKOUT, {
    name: 'parcel-service',
    consumed: 'order.completed',
    effect: 'outside',
  });
  expect([...changes.keys()]).toContain('apps/parcel-service/src/entries/mailer.ts');
  expect(changes.get('apps/parcel-service/service.json')).toContain('smtp://{maildev-smtp}');
});

it('an event that a service publishes is added with it, and appended by its handler in the transaction of the entry', async () => {
  const changes = await changesForService(CHECKOUT, {
    name: 'parcel-service',
    consumed: 'order.completed',
    published: 'parcel.handed-over',
  });
  expect(changes.get('packages/event-catalog/src/parcel-handed-over.ts')).toContain("owner: 'parcel-service'");
  expect(changes.get('apps/parcel-service/src/entries/keep-entry-when-order-completed.ts')).toMatch(
    /outbox\.append\(manager, parcelHandedOver, \{\s+parcelId: event\.id,\s+handedOverAt:/,
  );
});

it('an event that is not as new:event wrote it is published with its example', async () => {
  const changes = await changesForService(CHECKOUT, {
    name: 'parcel-service',
    consumed: 'order.completed',
    published: 'email.requested',
  });
  expect(changes.get('apps/parcel-service/src/entries/keep-entry-when-order-completed.ts')).toContain(
    'emailRequested.example',
  );
});

it('a service whose events others use is not removed, unless these are kept', async () => {
  const removed = removeService.plan(CHECKOUT, { name: 'order' }, new Set());
  await expect(removed).rejects.toThrow(/order\.completed by .*mail-service.*sms-service/);
  const { changes } = await removeService.plan(CHECKOUT, { name: 'order' }, new Set(['keep-events']));
  expect([...changes.keys()].filter((path) => path.startsWith('packages/'))).toEqual([]);
});

it('a service that is not there cannot be removed', async () => {
  await expect(removeService.plan(CHECKOUT, { name: 'parcel' }, new Set())).rejects.toThrow(
    /no service is named parcel-service/,
  );
});
