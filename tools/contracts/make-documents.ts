import { eventCatalog, jsonSchemaOf } from '@event-bus/event-catalog';
import { ASYNCAPI, SCHEMAS } from './document-paths.ts';
import { makeAsyncApi } from './make-asyncapi.ts';
import type { ServiceEvents } from './read-services.ts';

/** The text of each generated file, by its path from the root of the repository. */
export function makeDocuments(services: readonly ServiceEvents[]): ReadonlyMap<string, string> {
  const documents: [path: string, content: object][] = [
    ...eventCatalog.map((event): [string, object] => [
      `${SCHEMAS}/${event.name}/v${event.version}.json`,
      jsonSchemaOf(event),
    ]),
    [
      `${ASYNCAPI}/event-bus.json`,
      makeAsyncApi('Event bus', 'Every event, with who publishes and consumes it.', services),
    ],
    ...services.map((service): [string, object] => [
      `${ASYNCAPI}/${service.service}.json`,
      makeAsyncApi(service.service, 'What this service publishes and consumes.', [service]),
    ]),
  ];
  return new Map(documents.map(([path, content]) => [path, `${JSON.stringify(content, null, 2)}\n`]));
}
