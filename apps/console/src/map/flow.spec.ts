import { eventCatalog } from '@event-bus/event-catalog';
import { expect, test } from 'vitest';
import { PUBLISHED } from './flow.ts';

test('every event of the catalog has a publisher on the map', () => {
  const shown = new Set(PUBLISHED.map(({ event }) => event));
  expect(eventCatalog.map(({ name }) => name).filter((name) => !shown.has(name))).toEqual([]);
});
