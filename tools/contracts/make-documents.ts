import { eventCatalog, jsonSchemaOf } from '@event-bus/event-catalog';
import { SCHEMAS } from './document-paths.ts';

/** The text of each generated file, by its path from the root of the repository. */
export function makeDocuments(): ReadonlyMap<string, string> {
  return new Map(
    eventCatalog.map((event) => [
      `${SCHEMAS}/${event.name}/v${event.version}.json`,
      `${JSON.stringify(jsonSchemaOf(event), null, 2)}\n`,
    ]),
  );
}
