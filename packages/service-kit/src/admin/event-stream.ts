import { MESSAGE_EVENT_NAMES } from '@event-bus/messaging-client';
import type { MessageEvents } from '@event-bus/messaging-client';
import { randomUUID } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import {
  ADMIN_EVENTS_EVERY_MS,
  ADMIN_EVENTS_KEEP_ALIVE_MS,
  ADMIN_EVENTS_KEPT_MAX,
  ADMIN_EVENTS_KEPT_WITHOUT_READER_MS,
  ADMIN_EVENTS_PER_FRAME_MAX,
  ADMIN_EVENTS_RECONNECT_MS,
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
  /** What it has missed cannot be counted, and it has not been informed yet. */
  hasGap: boolean;
  /** By performance.now(). */
  writtenAt: number;
}

/** Node's own channels of its HTTP servers. */
const STARTED = 'http.server.request.start';
const ANSWERED = 'http.server.response.finish';

interface HttpMessage {
  /** The router puts the route there; none has matched where it is missing. */
  readonly request: IncomingMessage & { readonly route?: { readonly path?: unknown } };
  readonly response: ServerResponse;
  readonly server: Server;
}

interface Times {
  readonly keepAliveMs: number;
  readonly keptWithoutReaderMs: number;
}

/**
 * What happens in this service, as server-sent events: all of MessageEvents, and `http.answered`. Nothing is listened to while
 * there is no reader, and none was there a moment ago. An event is put into a ring and nothing else; it is written out by
 * a timer, for each reader as far as its connection takes it. What the ring has overwritten by then is counted as dropped
 * for that reader. One that comes back with `Last-Event-ID` goes on where it was, as far as the ring reaches.
 */
export class EventStream {
  readonly #events: MessageEvents | undefined;
  readonly #server: Server;
  readonly #times: Times;
  /** Numbers of events begin again in each process. */
  readonly #run = randomUUID().slice(0, 8);
  readonly #readers = new Set<Reader>();
  readonly #ring: KeptEvent[] = [];
  /** Number of the next event. */
  #next = 0;
  /** Number of the first event since something is listened to. */
  #first = 0;
  #timer: NodeJS.Timeout | undefined;
  #stopping: NodeJS.Timeout | undefined;
  #startedAt = new WeakMap<IncomingMessage, number>();
  readonly #listeners = MESSAGE_EVENT_NAMES.map((name) => [name, (value: object) => this.#keep(name, value)] as const);

  /** `server`: whose answers are reported */
  constructor(
    events: MessageEvents | undefined,
    server: Server,
    times: Times = {
      keepAliveMs: ADMIN_EVENTS_KEEP_ALIVE_MS,
      keptWithoutReaderMs: ADMIN_EVENTS_KEPT_WITHOUT_READER_MS,
    },
  ) {
    this.#events = events;
    this.#server = server;
    this.#times = times;
  }

  /**
   * `lastEventId`: of the last frame that the reader has seen, if it was connected before
   * @throws AdminProblem 503
   */
  open(response: ServerResponse, lastEventId?: string): void {
    if (this.#readers.size >= ADMIN_EVENT_READERS_MAX) {
      const readers = String(ADMIN_EVENT_READERS_MAX);
      throw new AdminProblem(503, 'too-many-readers', `${readers} readers are connected already.`, { readers });
    }
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write(`retry: ${ADMIN_EVENTS_RECONNECT_MS}\n\n`);
    clearTimeout(this.#stopping);
    this.#stopping = undefined;
    if (this.#timer === undefined) this.#start();
    const place = lastEventId === undefined ? this.#next : this.#placeOf(lastEventId);
    const reader: Reader = {
      response,
      next: place ?? this.#first,
      hasGap: place === undefined,
      writtenAt: performance.now(),
    };
    this.#readers.add(reader);
    response.once('close', () => {
      this.#readers.delete(reader);
      if (this.#readers.size === 0) {
        this.#stopping = setTimeout(() => this.#stop(), this.#times.keptWithoutReaderMs).unref();
      }
    });
  }

  close(): void {
    for (const { response } of this.#readers) response.destroy();
    clearTimeout(this.#stopping);
    if (this.#timer !== undefined) this.#stop();
  }

  /** undefined when it is unknown how many events came after it. */
  #placeOf(id: string): number | undefined {
    const [run, text = ''] = id.split('-');
    const number = Number(text);
    const isOurs = run === this.#run && /^\d{1,15}$/.test(text) && number >= this.#first && number <= this.#next;
    return isOurs ? number : undefined;
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
    this.#timer = undefined;
    this.#ring.length = 0;
    // What happens from now on has no number: a reader of before cannot go on from there.
    this.#next += 1;
    this.#first = this.#next;
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
      route: typeof request.route?.path === 'string' ? request.route.path : null,
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
      const frame = this.#frameFor(reader);
      const isQuiet = performance.now() - reader.writtenAt > this.#times.keepAliveMs;
      if (frame === undefined && !isQuiet) continue;
      reader.response.write(frame ?? ': keep-alive\n\n');
      reader.writtenAt = performance.now();
    }
  }

  #frameFor(reader: Reader): string | undefined {
    const first = Math.max(reader.next, this.#next - ADMIN_EVENTS_KEPT_MAX);
    const dropped = reader.hasGap ? null : first - reader.next;
    const end = Math.min(this.#next, first + ADMIN_EVENTS_PER_FRAME_MAX);
    if (end === reader.next && !reader.hasGap) return undefined;
    const events = [];
    for (let number = first; number < end; number += 1) events.push(shown(this.#ring[number % ADMIN_EVENTS_KEPT_MAX]!));
    reader.next = end;
    reader.hasGap = false;
    return `id: ${this.#run}-${end}\ndata: ${JSON.stringify({ dropped, events })}\n\n`;
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
