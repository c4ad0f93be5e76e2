import { expect, it } from 'vitest';
import { ROWS_AN_ACT_MAX } from '../limits.ts';
import { selectionsOf } from './selection.ts';

it('rows are acted on for each service by itself, as many as one act names', () => {
  const rows = Array.from({ length: ROWS_AN_ACT_MAX + 1 }, (_, n) => ({ service: 'mail-service', id: String(n) }));
  const selections = selectionsOf([...rows, { service: 'order-service', id: 'x' }]);
  expect(selections.map(({ service, ids }) => [service, ids.length])).toEqual([
    ['mail-service', ROWS_AN_ACT_MAX],
    ['mail-service', 1],
    ['order-service', 1],
  ]);
  expect(selections.flatMap(({ ids }) => ids)).toEqual([...rows.map(({ id }) => id), 'x']);
});
