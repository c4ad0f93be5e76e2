import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResources, resourceAttributesEnvDetector, resourceFromAttributes } from '@opentelemetry/resources';
import type { Resource } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Sampler } from '@opentelemetry/sdk-trace';
import type { ServiceConfig } from '../config/service-env.ts';
import { SPANS_WAITING_MAX } from '../limits.ts';
import { ReportingExporter } from './reporting-exporter.ts';

export type TraceSettings = Pick<
  ServiceConfig,
  'OTEL_EXPORTER_OTLP_ENDPOINT' | 'OTEL_TRACES_SAMPLER' | 'OTEL_TRACES_SAMPLER_ARG' | 'INSTANCE_ID'
>;

export interface Traces {
  /** Exports what is not exported yet, for so many milliseconds at most. Never rejects. */
  stop(millisecondsMax: number): Promise<void>;
}

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
};

/** The settings that are not given here, such as headers and certificates, the exporter reads from the environment itself. */
export function exportTraces(service: string, endpoint: string, settings: TraceSettings): Traces {
  const otlp = new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` });
  const exporter = new ReportingExporter(otlp, endpoint);
  const provider = new TracerProvider({
    resource: resourceOf(service, settings),
    sampler: samplerOf(settings),
    spanProcessors: [new BatchSpanProcessor({ exporter, maxQueueSize: SPANS_WAITING_MAX })],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager());
  trace.setGlobalTracerProvider(provider);
  return {
    stop: async (millisecondsMax) => {
      // Failures are reported by the exporter.
      const flushed = provider.shutdown().catch(() => undefined);
      await Promise.race([flushed, delay(millisecondsMax, undefined, { ref: false })]);
    },
  };
}

function resourceOf(service: string, { INSTANCE_ID: instance }: TraceSettings): Resource {
  const own = resourceFromAttributes({
    'service.name': service,
    'service.version': version,
    ...(instance !== undefined && { 'service.instance.id': instance }),
  });
  return detectResources({ detectors: [resourceAttributesEnvDetector] }).merge(own);
}

/** The SDK leaves it to its users to read these variables. */
function samplerOf({ OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: ratio }: TraceSettings): Sampler {
  const [, isByParent, root] = /^(parentbased_)?(.*)$/.exec(name)!;
  const sampler = {
    always_on: () => new AlwaysOnSampler(),
    always_off: () => new AlwaysOffSampler(),
    traceidratio: () => new TraceIdRatioBasedSampler(ratio),
  }[root!]!();
  return isByParent === undefined ? sampler : new ParentBasedSampler({ root: sampler });
}
