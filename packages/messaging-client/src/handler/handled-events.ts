import type { INestApplicationContext } from '@nestjs/common';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import { PATTERN_EXTRAS_METADATA } from '@nestjs/microservices/constants';
import { MessagingError } from '../errors.ts';
import type { EventDefinition } from '../event-definition.ts';
import { groupOfHandler, MESSAGING_OPTIONS } from '../options.ts';
import type { MessagingOptions } from '../options.ts';
import type { HandlerExtras } from './on-event.decorator.ts';

/**
 * The events that an application handles, read from the `@OnEvent` and `@OnEvents` methods of its controllers. A service
 * consumes when there are any, so nothing else has to say that it does.
 * @throws MessagingError HANDLER_NOT_IN_CONTROLLER: Nest calls handlers of controllers only, so this one would never run
 */
export function handledEvents(app: INestApplicationContext): EventDefinition[] {
  return [...new Set(handlersOf(app).map(({ event }) => event))];
}

/**
 * The same by consumer group: a handler with a name has a group of its own.
 * @throws MessagingError HANDLER_NOT_IN_CONTROLLER
 */
export function handledEventsByGroup(
  app: INestApplicationContext,
  service: string,
): ReadonlyMap<string, readonly EventDefinition[]> {
  const handlers = Map.groupBy(handlersOf(app), ({ name }) => groupOfHandler(service, name));
  return new Map([...handlers].map(([group, own]) => [group, [...new Set(own.map(({ event }) => event))]]));
}

function handlersOf(app: INestApplicationContext): HandlerExtras[] {
  const modules = [...app.get(ModulesContainer).values()];
  const controllers = new Set(modules.flatMap((module) => [...module.controllers.values()].map(classOf)));
  for (const provider of modules.flatMap((module) => [...module.providers.values()].map(classOf))) {
    const [handler] = controllers.has(provider) ? [] : handlersIn(provider);
    if (handler !== undefined) {
      throw new MessagingError(
        'HANDLER_NOT_IN_CONTROLLER',
        `${provider!.name} handles ${handler.event.name} and is a provider; list it under controllers of its module`,
      );
    }
  }
  return [...controllers].flatMap(handlersIn);
}

/** The events that an application publishes, as its MessagingModule lists them; none without that module. */
export function publishedEvents(app: INestApplicationContext): readonly EventDefinition[] {
  const providers = [...app.get(ModulesContainer).values()].map((module) => module.providers.get(MESSAGING_OPTIONS));
  const options = providers.find((provider) => provider !== undefined)?.instance as MessagingOptions | undefined;
  return options?.publishes ?? [];
}

// oxlint-disable-next-line typescript/no-unsafe-function-type -- Nest's own type; a factory is one too
type ClassOrFactory = Function | null | undefined;

function classOf({ metatype }: { readonly metatype: ClassOrFactory }): ClassOrFactory {
  return metatype;
}

function handlersIn(type: ClassOrFactory): HandlerExtras[] {
  const prototype = type?.prototype as Record<string, object> | undefined;
  if (prototype === undefined) return [];
  return new MetadataScanner().getAllMethodNames(prototype).flatMap((method) => {
    const extras = Reflect.getMetadata(PATTERN_EXTRAS_METADATA, prototype[method]!) as
      | { readonly handler?: HandlerExtras }
      | undefined;
    return extras?.handler === undefined ? [] : [extras.handler];
  });
}
