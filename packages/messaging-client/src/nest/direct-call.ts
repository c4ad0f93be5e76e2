import {
  EXCEPTION_FILTERS_METADATA,
  GUARDS_METADATA,
  INTERCEPTORS_METADATA,
  PIPES_METADATA,
} from '@nestjs/common/constants';
import type { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import { MetadataScanner } from '@nestjs/core';
import { PARAM_ARGS_METADATA, PATTERN_EXTRAS_METADATA } from '@nestjs/microservices/constants';
import { ERRORS_AS_THROWN } from '../handler/on-event.decorator.ts';
import type { HandlerExtras } from '../handler/on-event.decorator.ts';

type Method = (payload: unknown, context: unknown) => Promise<unknown>;
type Controller = Record<string, Method>;

/** What Nest may run around a handler, by the key under which its decorators note it. */
const ENHANCERS = [GUARDS_METADATA, INTERCEPTORS_METADATA, PIPES_METADATA, EXCEPTION_FILTERS_METADATA];

/** Ours: payload and context. */
const PARAMETERS = 2;

/**
 * The controller's own method, where Nest's pipeline around it would do nothing: no guard, pipe, interceptor or filter is bound
 * to the method, its class or the application, and the controller lives as long as the application. The pipeline costs
 * half as much as everything else that is done with a record.
 * @returns undefined where something is bound: then Nest has to call the handler
 */
export function directCallOf(
  handler: HandlerExtras,
  modules: ModulesContainer,
  config: ApplicationConfig,
): Method | undefined {
  if (hasGlobalEnhancers(config)) return undefined;
  const found: Method[] = [];
  for (const { controllers } of modules.values()) {
    for (const wrapper of controllers.values()) {
      const prototype = wrapper.metatype?.prototype as Controller | undefined;
      const name = prototype && methodOf(handler, prototype);
      if (name === undefined) continue;
      if (!wrapper.isDependencyTreeStatic() || hasEnhancers(wrapper.metatype as object, prototype![name]!))
        return undefined;
      if (hasOtherParameters(wrapper.metatype as object, name)) return undefined;
      const controller = wrapper.instance as Controller;
      found.push((payload, context) => controller[name]!(payload, context));
    }
  }
  return found.length === 1 ? found[0] : undefined;
}

function methodOf(handler: HandlerExtras, prototype: Controller): string | undefined {
  return new MetadataScanner().getAllMethodNames(prototype).find((name) => {
    const extras = Reflect.getMetadata(PATTERN_EXTRAS_METADATA, prototype[name]!) as { handler?: unknown } | undefined;
    return extras?.handler === handler;
  });
}

function hasEnhancers(type: object, method: Method): boolean {
  return ENHANCERS.some((key) => {
    const ofType = (Reflect.getMetadata(key, type) as unknown[] | undefined) ?? [];
    const ofMethod = (Reflect.getMetadata(key, method) as unknown[] | undefined) ?? [];
    return [...ofType, ...ofMethod].some((enhancer) => enhancer !== ERRORS_AS_THROWN);
  });
}

/** A parameter with a decorator or a pipe of its own. */
function hasOtherParameters(type: object, method: string): boolean {
  const parameters = Reflect.getMetadata(PARAM_ARGS_METADATA, type, method) as Record<string, { pipes: unknown[] }>;
  const all = Object.values(parameters);
  return all.length !== PARAMETERS || all.some(({ pipes }) => pipes.length > 0);
}

function hasGlobalEnhancers(config: ApplicationConfig): boolean {
  return [
    config.getGlobalGuards(),
    config.getGlobalPipes(),
    config.getGlobalInterceptors(),
    config.getGlobalFilters(),
    config.getGlobalRequestGuards(),
    config.getGlobalRequestPipes(),
    config.getGlobalRequestInterceptors(),
    config.getGlobalRequestFilters(),
    config.getGlobalPreRequestHooks(),
  ].some((enhancers) => enhancers.length > 0);
}
