import { Logger } from '@nestjs/common';
import type { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';

type Done = Parameters<SpanExporter['export']>[1];

/** Logs that spans cannot be exported once, and not for each batch, until they can be again. */
export class ReportingExporter implements SpanExporter {
  readonly #logger = new Logger('Traces');
  readonly #exporter: OTLPTraceExporter;
  readonly #endpoint: string;
  #isFailing = false;

  constructor(exporter: OTLPTraceExporter, endpoint: string) {
    this.#exporter = exporter;
    // The rest of a URL may contain a password.
    this.#endpoint = new URL(endpoint).origin;
  }

  export(spans: ReadableSpan[], done: Done): void {
    this.#exporter.export(spans, (result) => {
      this.#report(result.error);
      done(result);
    });
  }

  forceFlush(): Promise<void> {
    return this.#exporter.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }

  #report(error: Error | undefined): void {
    const isFailing = error !== undefined;
    if (isFailing === this.#isFailing) return;
    this.#isFailing = isFailing;
    const endpoint = this.#endpoint;
    if (!isFailing) {
      this.#logger.log({ endpoint }, 'spans are exported again');
    } else {
      this.#logger.warn(
        { endpoint, error: textOf(error) },
        'spans cannot be exported and are dropped; all else works. Check that OTEL_EXPORTER_OTLP_ENDPOINT is the address of a receiver of OTLP over HTTP, or remove it',
      );
    }
  }
}

/** A refused connection to a name with two addresses has no text, only a code. */
function textOf(error: Error): string {
  const { message, code } = error as { message: string; code?: string | number };
  return [code, message].filter((part) => part !== undefined && part !== '').join(': ');
}
