import { currentTrace, runInTrace } from '@event-bus/messaging-client';
import { Logger } from '@nestjs/common';
import { AsyncResource } from 'node:async_hooks';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Probes and scrapes come every few seconds and would drown out the rest. */
const UNLOGGED = /^\/(health\/|metrics$)/;

/**
 * Runs each request in the trace of its `traceparent` header, or in a new one, returns it in the same header of the
 * response, and logs one line at the end. The query string is not logged: it may contain an e-mail address.
 */
export function traceAndLogRequests(): (request: IncomingMessage, response: ServerResponse, next: () => void) => void {
  const logger = new Logger('Http');

  return (request, response, next) => {
    const parent = request.headers['traceparent'];
    runInTrace(Array.isArray(parent) ? parent[0] : parent, () => {
      const trace = currentTrace();
      if (trace !== undefined) response.setHeader('traceparent', trace.traceparent);
      const path = (request.url ?? '').split('?', 1)[0] ?? '';
      if (!UNLOGGED.test(path)) {
        const startedAt = performance.now();
        const log = (): void => {
          const durationMs = Math.round((performance.now() - startedAt) * 10) / 10;
          const { method } = request;
          // The caller closed the connection before it got its answer.
          if (!response.writableFinished) logger.warn({ method, path, durationMs }, 'request aborted');
          else logger.log({ method, path, status: response.statusCode, durationMs }, 'request');
        };
        // The event is emitted in the asynchronous context of the socket, which has no trace.
        response.once('close', AsyncResource.bind(log));
      }
      next();
    });
  };
}
