import type { IncomingMessage } from 'node:http';

export type RoutedRequest = IncomingMessage & { readonly route?: { readonly path?: unknown } };

/** As OpenTelemetry has it: any other method is `_OTHER`, because callers can invent them. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
export const OTHER = '_OTHER';

export function methodOf({ method = '' }: IncomingMessage): string {
  return METHODS.has(method) ? method : OTHER;
}

/** The template of the route; undefined where no route has matched. */
export function routeOf({ route }: RoutedRequest): string | undefined {
  return typeof route?.path === 'string' ? route.path : undefined;
}
