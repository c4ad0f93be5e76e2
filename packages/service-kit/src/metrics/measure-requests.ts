import type { ServerResponse } from 'node:http';
import { Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import { methodOf, OTHER, routeOf } from '../http/route-of.ts';
import type { RoutedRequest } from '../http/route-of.ts';
import { HTTP_DURATION_BUCKETS_SECONDS, METRIC_LABEL_VALUES_MAX } from '../limits.ts';

/** Measures each request, by the template of its route: never by its path, which may contain an id. */
export function measureRequests(
  registry: Registry,
): (request: RoutedRequest, response: ServerResponse, next: () => void) => void {
  const durations = new Histogram({
    name: 'http_server_request_duration_seconds',
    help: 'Duration of requests, by the template of their route (empty: no route) and their status (empty: the caller closed the connection first).',
    labelNames: ['http_request_method', 'http_route', 'http_response_status_code'],
    buckets: HTTP_DURATION_BUCKETS_SECONDS,
    registers: [registry],
  });
  const routes = new Set<string>();
  const routeLabel = (request: RoutedRequest): string => {
    const path = routeOf(request);
    if (path === undefined) return '';
    if (!routes.has(path) && routes.size >= METRIC_LABEL_VALUES_MAX) return OTHER;
    routes.add(path);
    return path;
  };

  return (request, response, next) => {
    const startedAt = performance.now();
    response.once('close', () => {
      const labels = {
        http_request_method: methodOf(request),
        http_route: routeLabel(request),
        http_response_status_code: response.writableFinished ? String(response.statusCode) : '',
      };
      durations.observe(labels, (performance.now() - startedAt) / 1_000);
    });
    next();
  };
}
