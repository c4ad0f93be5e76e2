import { OtlpReceiver } from '@event-bus/test-kit/otlp-receiver';
import { Logger } from '@nestjs/common';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { StructuredLogger } from '../logs/structured-logger.ts';
import { ReportingExporter } from './reporting-exporter.ts';

let lines: Array<Record<string, unknown>>;
let receiver: OtlpReceiver;
let exporter: ReportingExporter;
beforeEach(async () => {
  lines = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  Logger.overrideLogger(new StructuredLogger({ service: 'note-service', level: 'info', destination }));
  receiver = await OtlpReceiver.start();
  // What is retryable is retried for as long as this.
  const otlp = new OTLPTraceExporter({ url: `${receiver.url}/v1/traces`, timeoutMillis: 500 });
  exporter = new ReportingExporter(otlp, receiver.url.replace('//', '//me:secret@'));
});
afterEach(async () => {
  await receiver.close();
  await exporter.shutdown();
});

/** One batch, of one span. */
async function exportOne(): Promise<void> {
  const ended = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: ended })] });
  provider.getTracer('spec').startSpan('one').end();
  await new Promise((resolve) => exporter.export(ended.getFinishedSpans(), resolve));
}

it('a receiver that answers 500 is reported once, with what to do, and once more when it accepts spans again', async () => {
  receiver.behaviour = 'fail';
  for (let batch = 1; batch <= 3; batch += 1) await exportOne();
  expect(receiver.requests).toBe(3);
  receiver.behaviour = 'accept';
  for (let batch = 1; batch <= 2; batch += 1) await exportOne();
  expect(lines).toEqual([
    expect.objectContaining({
      level: 'warn',
      context: 'Traces',
      endpoint: receiver.url,
      error: expect.stringContaining('500') as string,
      msg: expect.stringContaining('Check that OTEL_EXPORTER_OTLP_ENDPOINT is the address of a receiver') as string,
    }),
    expect.objectContaining({ level: 'info', context: 'Traces', msg: 'spans are exported again' }),
  ]);
  expect(JSON.stringify(lines)).not.toContain('secret');
});

it('one that refuses the connection is reported', async () => {
  await receiver.close();
  await exportOne();
  expect(lines).toMatchObject([{ level: 'warn', error: expect.stringContaining('ECONNREFUSED') as string }]);
});

it('one that never answers is reported', async () => {
  receiver.behaviour = 'hang';
  await exportOne();
  expect(lines).toMatchObject([{ level: 'warn', error: expect.stringMatching(/tim/i) as string }]);
});
