import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

type Attributes = Readonly<Record<string, string | number | boolean>>;

export interface ReceivedSpan {
  /** Attributes of its process. */
  readonly resource: Attributes;
  readonly name: string;
  /** As in OTLP: 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number;
  /** Nanoseconds since 1970. */
  readonly startedAt: bigint;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly attributes: Attributes;
  /** Span ids. */
  readonly links: readonly string[];
  readonly isError: boolean;
}

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, string | number | boolean>>;
}

interface OtlpSpan {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly startTimeUnixNano: string;
  readonly attributes: readonly Attribute[];
  readonly links?: ReadonlyArray<{ readonly spanId: string }>;
  readonly status?: { readonly code?: number };
}

interface Body {
  readonly resourceSpans: ReadonlyArray<{
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: ReadonlyArray<{ readonly spans: readonly OtlpSpan[] }>;
  }>;
}

const STATUS_ERROR = 2;

/** Receives spans by OTLP over HTTP in JSON, as a collector does, and fails on demand. */
export class OtlpReceiver {
  readonly #server: Server;
  readonly spans: ReceivedSpan[] = [];
  requests = 0;
  behaviour: 'accept' | 'fail' | 'hang' = 'accept';

  private constructor() {
    this.#server = createServer((request, response) => void this.#receive(request, response));
  }

  static async start(): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver();
    receiver.#server.listen(0, '127.0.0.1');
    await once(receiver.#server, 'listening');
    return receiver;
  }

  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = (await json(request)) as Body;
    this.requests += 1;
    if (this.behaviour === 'hang') return;
    const isFound = request.method === 'POST' && request.url === '/v1/traces';
    if (this.behaviour === 'fail' || !isFound) {
      response.writeHead(isFound ? 500 : 404).end();
      return;
    }
    for (const { resource, scopeSpans } of body.resourceSpans) {
      const attributes = valuesOf(resource.attributes);
      for (const { spans } of scopeSpans) this.spans.push(...spans.map((span) => receivedSpan(attributes, span)));
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  }
}

function receivedSpan(resource: Attributes, span: OtlpSpan): ReceivedSpan {
  const { name, kind, traceId, spanId, parentSpanId, attributes, links = [], status } = span;
  return {
    resource,
    name,
    kind,
    startedAt: BigInt(span.startTimeUnixNano),
    traceId,
    spanId,
    parentSpanId,
    attributes: valuesOf(attributes),
    links: links.map((link) => link.spanId),
    isError: status?.code === STATUS_ERROR,
  };
}

/** A value is wrapped in an object that names its type. */
function valuesOf(attributes: readonly Attribute[]): Attributes {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]!]));
}
