import type { Traces, TraceSettings } from './export-traces.ts';

/**
 * Records and exports the spans of this process where OTEL_EXPORTER_OTLP_ENDPOINT is set. Otherwise the SDK of OpenTelemetry is
 * not loaded: it costs 100 ms and 26 MB.
 */
export async function startTraces(service: string, settings: TraceSettings): Promise<Traces> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } = settings;
  if (endpoint === undefined) return { stop: async () => undefined };
  const { exportTraces } = await import('./export-traces.ts');
  return exportTraces(service, endpoint, settings);
}
