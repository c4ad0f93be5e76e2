import { jsonSchemaOf } from '@event-bus/event-catalog';
import type { EventDefinition as CatalogEvent, JsonSchema } from '@event-bus/event-catalog';
import type { EventDefinition } from '@event-bus/messaging-client';
import { Injectable } from '@nestjs/common';

/** The JSON Schemas of the events that a service publishes and handles, earlier versions that it still reads included. */
@Injectable()
export class EventSchemas {
  readonly #events = new Map<string, EventDefinition>();
  readonly #schemas = new Map<EventDefinition, JsonSchema>();

  add(events: Iterable<EventDefinition>): void {
    for (const event of events) {
      this.#events.set(`${event.name} v${event.version}`, event);
      if (event.upcast !== undefined) this.add([event.upcast.from]);
    }
  }

  /** `member.signed-up v1` */
  names(): string[] {
    return [...this.#events.keys()];
  }

  /**
   * Made at the first request, so that a service starts no later for it.
   * @throws Error when the schema has a rule that JSON Schema cannot express
   */
  find(name: string, version: string): JsonSchema | undefined {
    const event = this.#events.get(`${name} v${version}`);
    if (event === undefined) return undefined;
    const schema = this.#schemas.get(event) ?? jsonSchemaOf(event as CatalogEvent);
    this.#schemas.set(event, schema);
    return schema;
  }
}
