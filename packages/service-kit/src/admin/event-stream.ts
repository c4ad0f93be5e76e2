import { MESSAGE_EVENT_NAMES } from '@event-bus/messaging-client';
import type { MessageEvents } from '@event-bus/messaging-client';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import {
  ADMIN_EVENTS_EVERY_MS,
  ADMIN_EVENTS_KEPT_MAX,
  ADMIN_EVENTS_PER_FRAME_MAX,
  ADMIN_EVENT_READERS_MAX,
} from '../limits.ts';
import { AdminProblem } from './admin-problem.ts';

interface KeptEvent {
  readonly name: string;
  readonly at: number;
  readonly value: object;
}

interface Reader {
  readonly response: ServerResponse;
  /** Number of the next event to send. */
  next: number;
}

/** Node's own channels of its HTTP servers. */
const STARTED = 'http.server.request.start';
const ANSWERED = 'http.server.response.finish';

interface HttpMessage {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly server: Server;
}

/**
 * What happens in this service, as server-sent events: all of MessageEvents, and `http.answered`. Nothing is listened to while
 * there is no reader. An event is put into a ring and nothing else; it is written out by a timer, for each reader as
 * far as its connection takes it. What the ring has overwritten by then is counted as dropped for that reader.
 */
export class EventStream {
  readonly #events: MessageEvents | undefined;
  readonly #server: Server;
  readonly #readers = new Set<Reader>();
  readonly #ring: KeptEvent[] = [];
  /** Number of the next event. */
  #next = 0;
  #timer: NodeJS.Timeout | undefined;
  #startedAt = new WeakMap<IncomingMessage, number>();
  readonly #listeners = MESSAGE_EVENT_NAMES.map((name) => [name, (value: object) => this.#keep(name, value)] as const);

  /** `server`: whose answers are reported */
  constructor(events: MessageEvents | undefined, server: Server) {
    this.#events = events;
    this.#server = server;
  }

  /** @throws AdminProblem 503 */
  open(response: ServerResponse): void {
    if (this.#readers.size >= ADMIN_EVENT_READERS_MAX) {
      throw new AdminProblem(503, `${ADMIN_EVENT_READERS_MAX} readers are connected already.`);
    }
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.flushHeaders();
    const reader: Reader = { response, next: this.#next };
    this.#readers.add(reader);
    if (this.#readers.size === 1) this.#start();
    response.once('close', () => {
      this.#readers.delete(reader);
      if (this.#readers.size === 0) this.#stop();
    });
  }

  close(): void {
    for (const { response } of this.#readers) response.destroy();
  }

  #start(): void {
    for (const [name, listener] of this.#listeners) this.#events?.on(name, listener);
    subscribe(STARTED, this.#onStarted);
    subscribe(ANSWERED, this.#onAnswered);
    this.#timer = setInterval(() => this.#flush(), ADMIN_EVENTS_EVERY_MS).unref();
  }

  #stop(): void {
    for (const [name, listener] of this.#listeners) this.#events?.off(name, listener);
    unsubscribe(STARTED, this.#onStarted);
    unsubscribe(ANSWERED, this.#onAnswered);
    clearInterval(this.#timer);
    this.#ring.length = 0;
    this.#next = 0;
    this.#startedAt = new WeakMap();
  }

  #keep(name: string, value: object): void {
    this.#ring[this.#next % ADMIN_EVENTS_KEPT_MAX] = { name, at: Date.now(), value };
    this.#next += 1;
  }

  readonly #onStarted = (message: unknown): void => {
    const { request, server } = message as HttpMessage;
    if (server === this.#server) this.#startedAt.set(request, performance.now());
  };

  readonly #onAnswered = (message: unknown): void => {
    const { request, response, server } = message as HttpMessage;
    const startedAt = this.#startedAt.get(request);
    if (server !== this.#server || startedAt === undefined) return;
    this.#keep('http.answered', {
      method: request.method,
      path: (request.url ?? '').split('?', 1)[0],
      status: response.statusCode,
      milliseconds: performance.now() - startedAt,
      traceId: String(response.getHeader('traceparent') ?? '').split('-')[1] ?? null,
    });
  };

  #flush(): void {
    for (const reader of this.#readers) {
      // The ring goes on; what is overwritten until the connection takes more is lost to this reader.
      if (reader.response.writableNeedDrain) continue;
      const first = Math.max(reader.next, this.#next - ADMIN_EVENTS_KEPT_MAX);
      const dropped = first - reader.next;
      const end = Math.min(this.#next, first + ADMIN_EVENTS_PER_FRAME_MAX);
      if (end === reader.next) continue;
      const events = [];
      for (let number = first; number < end; number += 1)
        events.push(shown(this.#ring[number % ADMIN_EVENTS_KEPT_MAX]!));
      reader.next = end;
      reader.response.write(`data: ${JSON.stringify({ dropped, events })}\n\n`);
    }
  }
}

function shown({ name, at, value }: KeptEvent): object {
  const fields = Object.entries(value).map(([field, content]: [string, unknown]) => [
    field,
    // Without the stack.
    content instanceof Error ? { message: content.message, code: (content as { code?: unknown }).code } : content,
  ]);
  return { ...Object.fromEntries(fields), name, at: new Date(at).toISOString() };
}
