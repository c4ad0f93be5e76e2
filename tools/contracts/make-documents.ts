import { eventCatalog, jsonSchemaOf } from '@event-bus/event-catalog';
import { ASYNCAPI, EVENTS_PAGE, SCHEMAS } from './document-paths.ts';
import { makeAsyncApi } from './make-asyncapi.ts';
import { makeEventsPage } from './make-events-page.ts';
import type { ServiceEvents } from './read-services.ts';

/** The text of each generated file, by its path from the root of the repository. */
export function makeDocuments(services: readonly ServiceEvents[]): ReadonlyMap<string, string> {
  return new Map([
    ...eventCatalog.map((event): [string, string] => [
      `${SCHEMAS}/${event.name}/v${event.version}.json`,
      json(jsonSchemaOf(event)),
    ]),
    [
      `${ASYNCAPI}/event-bus.json`,
      json(makeAsyncApi('Event bus', 'Every event, with the services that publish and consume it.', services)),
    ],
    ...services.map((service): [string, string] => [
      `${ASYNCAPI}/${service.service}.json`,
      json(makeAsyncApi(service.service, 'What this service publishes and consumes.', [service])),
    ]),
    [EVENTS_PAGE, makeEventsPage(services)],
  ]);
}

function json(content: object): string {
  return `${JSON.stringify(content, null, 2)}\n`;
}
