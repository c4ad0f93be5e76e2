import 'reflect-metadata';
import { eventCatalog } from '@event-bus/event-catalog';
import type { EventDefinition } from '@event-bus/event-catalog';
import { handledEventsByGroup, publishedEvents } from '@event-bus/messaging-client';
import type { EventDefinition as ClientEvent } from '@event-bus/messaging-client';
import { createService } from '@event-bus/service-kit';
import { exampleConfig, loadService } from '../services/load-service.ts';
import { readManifests } from '../services/read-manifests.ts';

/** What a service publishes and consumes. */
export interface ServiceEvents {
  readonly service: string;
  readonly publishes: readonly EventDefinition[];
  /** With the earlier versions that a handler reads through an upcast. */
  readonly consumes: readonly EventDefinition[];
  /** The same by consumer group: a handler with a name has a group of its own. */
  readonly groups: ReadonlyMap<string, readonly EventDefinition[]>;
}

/** Reads it from the modules as they run: from `publishes` and from the handlers of the controllers. */
export async function readServices(): Promise<ServiceEvents[]> {
  return Promise.all(readManifests().map(({ name }) => readService(name)));
}

/** Nothing is connected to: an application that is created and not started only has its module graph. */
async function readService(service: string): Promise<ServiceEvents> {
  const { module, env } = await loadService(service);
  const config = exampleConfig(env);
  const app = await createService({ service, module: module.forRoot(config), config });
  const publishes = publishedEvents(app).map((event) => inCatalog(service, event));
  const foreign = publishes.find(({ owner }) => owner !== service && owner !== 'any');
  if (foreign !== undefined) throw new Error(`${service} publishes ${foreign.name}, whose owner is ${foreign.owner}`);
  const groups = new Map(
    [...handledEventsByGroup(app, service)].map(([group, events]) => [
      group,
      events.flatMap(versionsRead).map((event) => inCatalog(service, event)),
    ]),
  );
  return { service, publishes, consumes: [...new Set([...groups.values()].flat())], groups };
}

function versionsRead(event: ClientEvent): ClientEvent[] {
  return event.upcast === undefined ? [event] : [event, ...versionsRead(event.upcast.from)];
}

function inCatalog(service: string, { name, version }: Pick<ClientEvent, 'name' | 'version'>): EventDefinition {
  const event = (eventCatalog as readonly EventDefinition[]).find(
    (candidate) => candidate.name === name && candidate.version === version,
  );
  if (event === undefined) throw new Error(`${service} uses ${name} v${version}, which the catalog does not have`);
  return event;
}
