import { Controller, Get, Header } from '@nestjs/common';
import { Registry } from 'prom-client';
import { z } from 'zod';
import { Documented } from '../openapi/documented.ts';
import { Metrics } from './metrics.ts';

@Controller('metrics')
export class MetricsController {
  readonly #metrics: Metrics;

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  /** In Prometheus' text format. */
  @Get()
  @Header('content-type', Registry.PROMETHEUS_CONTENT_TYPE)
  @Documented({
    summary: 'Metrics in the text format of Prometheus',
    answers: { 200: z.string() },
    contentType: 'text/plain',
    needsDatabase: false,
  })
  scrape(): Promise<string> {
    return this.#metrics.registry.metrics();
  }
}
