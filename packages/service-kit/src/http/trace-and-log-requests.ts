import { currentTrace, runInTrace } from '@event-bus/messaging-client';
import { Logger } from '@nestjs/common';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { Span } from '@opentelemetry/api';
import { AsyncResource } from 'node:async_hooks';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { methodOf, routeOf } from './route-of.ts';
import type { RoutedRequest } from './route-of.ts';

/** Probes and scrapes come every few seconds and would drown out the rest. */
const UNLOGGED = /^\/(health\/|metrics$)/;

/**
 * Runs each request in the trace of its `traceparent` header, or in a new one, returns it in the same header of the
 * response, and at the end logs one line and ends its span. The query string is in neither: it may contain an e-mail address.
 */
export function traceAndLogRequests(): (request: RoutedRequest, response: ServerResponse, next: () => void) => void {
  const logger = new Logger('Http');

  return (request, response, next) => {
    const parent = request.headers['traceparent'];
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    const isLogged = !UNLOGGED.test(path);
    const run = (span: Span | undefined): void => {
      const trace = currentTrace();
      if (trace !== undefined) response.setHeader('traceparent', trace.traceparent);
      if (isLogged) {
        const startedAt = performance.now();
        const end = (): void => {
          const durationMs = Math.round((performance.now() - startedAt) * 10) / 10;
          const { method } = request;
          // The caller closed the connection before it got its answer.
          if (!response.writableFinished) logger.warn({ method, path, durationMs }, 'request aborted');
          else logger.log({ method, path, status: response.statusCode, durationMs }, 'request');
          if (span !== undefined) endSpan(span, request, response);
        };
        // The event is emitted in the asynchronous context of the socket, which has no trace.
        response.once('close', AsyncResource.bind(end));
      }
      next();
    };
    runInTrace(Array.isArray(parent) ? parent[0] : parent, run, isLogged ? spanOf(request, path) : undefined);
  };
}

/** As in OpenTelemetry's semantic conventions for HTTP servers. */
function spanOf(request: IncomingMessage, path: string) {
  const method = methodOf(request);
  const attributes = { 'http.request.method': method, 'url.path': path, 'url.scheme': 'http' };
  return { name: method, options: { kind: SpanKind.SERVER, attributes } };
}

function endSpan(span: Span, request: RoutedRequest, { writableFinished, statusCode }: ServerResponse): void {
  const route = routeOf(request);
  if (route !== undefined) span.updateName(`${methodOf(request)} ${route}`).setAttribute('http.route', route);
  if (!writableFinished) span.setAttribute('error.type', 'aborted');
  else span.setAttribute('http.response.status_code', statusCode);
  if (writableFinished && statusCode >= 500) {
    span.setAttribute('error.type', String(statusCode)).setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end();
}
