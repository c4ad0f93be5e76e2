import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';

/** Spans of this process that have ended, from now on. An SDK is registered once in a process, so once in a spec file. */
export class RecordedSpans {
  readonly #exporter = new InMemorySpanExporter();

  constructor() {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager());
    trace.setGlobalTracerProvider(
      new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: this.#exporter })] }),
    );
  }

  get all(): readonly ReadableSpan[] {
    return this.#exporter.getFinishedSpans();
  }

  named(name: string): ReadableSpan[] {
    return this.all.filter((span) => span.name === name);
  }

  /** In the order in which they ended. */
  within(parent: ReadableSpan): ReadableSpan[] {
    return this.all.filter(({ parentSpanContext }) => parentSpanContext?.spanId === parent.spanContext().spanId);
  }

  forget(): void {
    this.#exporter.reset();
  }
}
