import { readFileSync } from 'node:fs';
import { MessagingFigures } from '@event-bus/messaging-client';
import { registerMessagingMetrics } from '@event-bus/messaging-client/metrics';
import { Inject, Injectable, Optional } from '@nestjs/common';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { DataSource } from 'typeorm';
import { SERVICE_NAME } from '../health/health.controller.ts';
import { Readiness } from '../health/readiness.ts';
import { measureHealth } from './measure-health.ts';
import { measurePool } from './measure-pool.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
};

/** The metrics of one service: those of every service from the start, its own as its module adds them to the registry. */
@Injectable()
export class Metrics {
  readonly registry = new Registry();

  constructor(
    @Inject(SERVICE_NAME) service: string,
    readiness: Readiness,
    @Optional() dataSource?: DataSource,
    @Optional() messaging?: MessagingFigures,
  ) {
    const { registry } = this;
    collectDefaultMetrics({ register: registry });
    new Gauge({
      name: 'target_info',
      help: 'The service, its version and its Node.js; always 1.',
      labelNames: ['service_name', 'service_version', 'process_runtime_version'],
      registers: [registry],
    }).set({ service_name: service, service_version: version, process_runtime_version: process.versions.node }, 1);
    if (dataSource !== undefined) measurePool(registry, dataSource);
    if (messaging !== undefined) registerMessagingMetrics(registry, messaging);
    // Last: its checks take connections of the pool, which is measured before.
    measureHealth(registry, readiness);
  }
}
