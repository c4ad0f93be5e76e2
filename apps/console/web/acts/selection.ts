import { ROWS_AN_ACT_MAX } from '../limits.ts';

/** A row of a list, such as a dead letter, as an act names it. */
export interface Named {
  readonly service: string;
  readonly id: string;
}

/** What one act is about. */
export interface Selection<Filter = object> {
  readonly service: string;
  readonly ids?: readonly string[];
  readonly filter?: Filter;
}

export function keyOf({ service, id }: Named): string {
  return `${service} ${id}`;
}

/** One for each service, and for each ROWS_AN_ACT_MAX of its rows. */
export function selectionsOf(rows: readonly Named[]): Array<{ service: string; ids: readonly string[] }> {
  return [...Map.groupBy(rows, ({ service }) => service)].flatMap(([service, ofService]) => {
    const ids = ofService.map(({ id }) => id);
    return Array.from({ length: Math.ceil(ids.length / ROWS_AN_ACT_MAX) }, (_, n) => ({
      service,
      ids: ids.slice(n * ROWS_AN_ACT_MAX, (n + 1) * ROWS_AN_ACT_MAX),
    }));
  });
}
