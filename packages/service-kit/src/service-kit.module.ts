import { Global, Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_PIPE, DiscoveryModule } from '@nestjs/core';
import { AdminServer } from './admin/admin-server.ts';
import { BrokerReadiness } from './health/broker-readiness.ts';
import { HealthController, SERVICE_NAME } from './health/health.controller.ts';
import { OutboxReadiness } from './health/outbox-readiness.ts';
import { Readiness } from './health/readiness.ts';
import { HttpExceptionFilter } from './http/http-exception.filter.ts';
import { SchemaValidationPipe } from './http/schema-validation.pipe.ts';
import { MetricsController } from './metrics/metrics.controller.ts';
import { Metrics } from './metrics/metrics.ts';
import { OpenApi } from './openapi/openapi.ts';
import { OpenApiController } from './openapi/openapi.controller.ts';
import { EventSchemas } from './schemas/event-schemas.ts';
import { SchemasController } from './schemas/schemas.controller.ts';

export interface ServiceKitOptions {
  readonly service: string;
}

/** Health, metrics, the OpenAPI document, schemas of events, validation by schema and one shape of errors, for a service's module to import. `createService` adds the rest. */
@Global()
@Module({})
export class ServiceKitModule {
  /** Global, so to be imported once, by the root module. */
  static forRoot({ service }: ServiceKitOptions): DynamicModule {
    return {
      module: ServiceKitModule,
      imports: [DiscoveryModule],
      controllers: [HealthController, MetricsController, SchemasController, OpenApiController],
      providers: [
        { provide: SERVICE_NAME, useValue: service },
        Readiness,
        BrokerReadiness,
        OutboxReadiness,
        Metrics,
        EventSchemas,
        OpenApi,
        AdminServer,
        { provide: APP_PIPE, useClass: SchemaValidationPipe },
        { provide: APP_FILTER, useClass: HttpExceptionFilter },
      ],
      exports: [Readiness, Metrics, AdminServer, SERVICE_NAME],
    };
  }
}
