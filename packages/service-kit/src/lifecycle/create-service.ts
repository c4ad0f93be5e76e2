import { connectConsumer, handledEvents, publishedEvents } from '@event-bus/messaging-client';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { ServiceConfig } from '../config/service-env.ts';
import { notReady, Readiness } from '../health/readiness.ts';
import { countRequests } from '../http/drain-http-server.ts';
import { checkBodyBytes, refuseBrokenText } from '../http/refuse-broken-text.ts';
import { traceAndLogRequests } from '../http/trace-and-log-requests.ts';
import { REQUEST_BODY_BYTES_MAX } from '../limits.ts';
import { measureRequests } from '../metrics/measure-requests.ts';
import { Metrics } from '../metrics/metrics.ts';
import { StructuredLogger } from '../logs/structured-logger.ts';
import { OpenApi } from '../openapi/openapi.ts';
import { EventSchemas } from '../schemas/event-schemas.ts';

export interface ServiceOptions {
  /** Name of the service in its log lines. */
  readonly service: string;
  readonly module: Type | DynamicModule;
  readonly config: Pick<ServiceConfig, 'LOG_LEVEL' | 'INSTANCE_ID'> &
    Partial<Pick<ServiceConfig, 'LOG_FORMAT' | 'LOG_PERSONAL_DATA'>>;
}

/** By the settings of the service. */
export function loggerOf({ service, config }: Pick<ServiceOptions, 'service' | 'config'>): StructuredLogger {
  return new StructuredLogger({
    service,
    level: config.LOG_LEVEL,
    instance: config.INSTANCE_ID,
    format: config.LOG_FORMAT,
    personalData: config.LOG_PERSONAL_DATA,
  });
}

/**
 * The application as it runs, not yet listening: for `runService`, and for tests over real HTTP. With `@OnEvent` handlers
 * its consumer is connected and readiness depends on it; without, it joins no group.
 * @throws MessagingError HANDLER_NOT_IN_CONTROLLER; Nest's error when there are handlers and no MessagingModule
 */
export async function createService({ service, module, config }: ServiceOptions): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(module, {
    logger: loggerOf({ service, config }),
    abortOnError: false,
    bodyParser: false,
    // Clients that are still connected when the application closes have had the time of the drain.
    forceCloseConnections: true,
  });
  app.disable('x-powered-by');
  countRequests(app.getHttpServer());
  // First, so that a request with a malformed body is traced and logged as well.
  app.use(traceAndLogRequests());
  app.use(measureRequests(app.get(Metrics).registry));
  // Not strict: `null` and `"x"` are JSON, and the schema reports what is wrong with them.
  app.useBodyParser('json', { limit: REQUEST_BODY_BYTES_MAX, verify: checkBodyBytes, strict: false });
  app.use(refuseBrokenText);

  const handled = handledEvents(app);
  app.get(EventSchemas).add([...publishedEvents(app), ...handled]);
  app.get(OpenApi).describe(app, service);
  if (handled.length > 0) addConsumer(app);
  return app;
}

function addConsumer(app: NestExpressApplication): void {
  const consumer = connectConsumer(app);
  app.get(Readiness).add('consumer', async () => {
    const { ready, state, detail, warnings } = consumer.health();
    const said = detail === undefined ? state : `${state}: ${detail}`;
    if (ready) return { ready, detail: said, warnings };
    if (state === 'silent') return { ...notReady('consumer-silent', said), warnings };
    if (detail === undefined) return { ...notReady('consumer-not-joined', said), warnings };
    return { ...notReady('consumer-fails', said, { reason: detail }), warnings };
  });
}
