import { databaseErrorKind, MessageEvents, OutboxRelay } from '@event-bus/messaging-client';
import { Inject, Injectable, Logger, Optional } from '@nestjs/common';
import type { BeforeApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DataSource } from 'typeorm';
import { SERVICE_NAME } from '../health/health.controller.ts';
import { ADMIN_ARRIVAL_MS_MAX, ADMIN_BODY_BYTES_MAX, ADMIN_REQUESTS_AT_ONCE_MAX } from '../limits.ts';
import { AdminProblem } from './admin-problem.ts';
import { withoutBrackets } from './admin-settings.ts';
import type { AdminSettings } from './admin-settings.ts';
import { AdminTables } from './admin-tables.ts';
import type { AdminRead, QueryString } from './admin-tables.ts';
import { checkRequest } from './check-request.ts';
import { EventStream } from './event-stream.ts';
import { RecentRepeats } from './recent-repeats.ts';

/**
 * For operators and their tools: a listener of its own, apart from the one for clients, so that no proxy in front of the
 * service can forward to it by mistake. It runs only where ADMIN_LISTEN is set.
 */
@Injectable()
export class AdminServer implements BeforeApplicationShutdown {
  readonly #logger = new Logger('Admin');
  readonly #service: string;
  readonly #adapterHost: HttpAdapterHost;
  readonly #dataSource: DataSource | undefined;
  readonly #events: MessageEvents | undefined;
  readonly #relay: OutboxRelay | undefined;
  #server: Server | undefined;
  #stream: EventStream | undefined;
  #url: string | undefined;
  #running = 0;
  readonly #ownReads = new Map<string, AdminRead>();

  constructor(
    @Inject(SERVICE_NAME) service: string,
    adapterHost: HttpAdapterHost,
    @Optional() dataSource?: DataSource,
    @Optional() events?: MessageEvents,
    @Optional() relay?: OutboxRelay,
  ) {
    this.#service = service;
    this.#adapterHost = adapterHost;
    this.#dataSource = dataSource;
    this.#events = events;
    this.#relay = relay;
  }

  /** Address of the listener, while there is one. */
  get url(): string | undefined {
    return this.#url;
  }

  /** Adds `GET path` for tables that only this service has. What it throws of AdminProblem is answered. */
  add(path: string, read: AdminRead): void {
    this.#ownReads.set(path, read);
  }

  /** Resolves when requests are accepted. */
  async listen(settings: AdminSettings): Promise<void> {
    if (this.#dataSource === undefined || this.#events === undefined) {
      throw new Error('ADMIN_LISTEN is set, and this service has no MessagingModule to look into');
    }
    const tables = new AdminTables(this.#service, this.#dataSource, this.#relay, new RecentRepeats(this.#events));
    const stream = new EventStream(this.#events, this.#adapterHost.httpAdapter.getHttpServer() as Server);
    this.#stream = stream;
    const server = createServer({ requestTimeout: ADMIN_ARRIVAL_MS_MAX }, (request, response) => {
      void this.#answer(request, response, settings, tables, stream);
    });
    this.#server = server;
    const { promise: listening, resolve, reject } = Promise.withResolvers<void>();
    server.once('error', reject);
    server.listen(settings.port, settings.host, resolve);
    await listening;
    const { address, port } = server.address() as AddressInfo;
    this.#url = `http://${address.includes(':') ? `[${withoutBrackets(address)}]` : address}:${port}`;
    this.#logger.log({ address: this.#url }, `admin endpoints at ${this.#url}/admin`);
  }

  /** Called by Nest. */
  beforeApplicationShutdown(): void {
    this.#stream?.close();
    this.#server?.close();
    this.#server?.closeAllConnections();
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    settings: AdminSettings,
    tables: AdminTables,
    stream: EventStream,
  ): Promise<void> {
    try {
      checkRequest(request, settings);
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://admin');
      if (pathname === '/admin/events' && request.method === 'GET') {
        const lastEventId = request.headers['last-event-id'];
        stream.open(response, lastEventId?.toString());
        return;
      }
      const query = Object.fromEntries(searchParams);
      const own = this.#ownReads.get(pathname);
      const ownWork = own === undefined ? undefined : async (): Promise<object> => tables.own(own, query);
      const work = request.method === 'POST' ? actOf(tables, pathname) : (readOf(tables, pathname, query) ?? ownWork);
      if (work === undefined) throw unknownPath(`${request.method} ${pathname}`);
      const body = request.method === 'POST' ? await bodyOf(request) : undefined;
      send(response, 200, 'application/json', await this.#oneOfFew(async () => work(body)));
    } catch (error) {
      const problem = this.#problemOf(error);
      if (problem.status === 503) response.setHeader('retry-after', '1');
      if (problem.status === 401) response.setHeader('www-authenticate', 'Bearer');
      // What has not been read of the body is not read.
      if (!request.complete) response.setHeader('connection', 'close');
      send(response, problem.status, 'application/problem+json', problem.toJSON());
    }
  }

  /** Each holds a connection of the pool that handlers use. */
  async #oneOfFew(work: () => Promise<object>): Promise<object> {
    if (this.#running >= ADMIN_REQUESTS_AT_ONCE_MAX) {
      const requests = String(ADMIN_REQUESTS_AT_ONCE_MAX);
      throw new AdminProblem(503, 'busy', `${requests} requests are running already.`, { requests });
    }
    this.#running += 1;
    try {
      return await work();
    } finally {
      this.#running -= 1;
    }
  }

  #problemOf(error: unknown): AdminProblem {
    if (error instanceof AdminProblem) return error;
    const kind = databaseErrorKind(error);
    if (kind !== undefined || isCancelled(error) || this.#dataSource?.isInitialized !== true) {
      return new AdminProblem(503, 'database-unavailable', 'The database does not answer in time.');
    }
    this.#logger.error({ err: error }, 'admin request failed');
    return new AdminProblem(500, 'internal-error', 'Internal error. The log has the details.');
  }
}

type Work = (body: unknown) => Promise<object>;

function readOf(tables: AdminTables, path: string, query: QueryString): Work | undefined {
  switch (path) {
    case '/admin/summary':
      return async () => tables.summary(query);
    case '/admin/outbox':
      return async () => tables.outbox(query);
    case '/admin/outbox/rejected':
      return async () => tables.rejected(query);
    case '/admin/inbox':
      return async () => tables.inbox(query);
    case '/admin/parked':
      return async () => tables.parked(query);
    case '/admin/dead-letters':
      return async () => tables.deadLetters(query);
    case '/admin/committed':
      return async () => tables.committed(query);
    case '/admin/unfinished':
      return async () => tables.unfinished(query);
    case '/admin/audit':
      return async () => tables.audit(query);
    default: {
      const id = /^\/admin\/dead-letters\/([^/]+)$/.exec(path)?.[1];
      return id === undefined ? undefined : async () => tables.deadLetter(id);
    }
  }
}

function actOf(tables: AdminTables, path: string): Work | undefined {
  switch (path) {
    case '/admin/dead-letters/redrive':
      return async (body) => tables.redrive(body);
    case '/admin/dead-letters/drop':
      return async (body) => tables.drop(body);
    case '/admin/outbox/retry':
      return async (body) => tables.retryRejected(body);
    case '/admin/outbox/drop':
      return async (body) => tables.dropRejected(body);
    default:
      return undefined;
  }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > ADMIN_BODY_BYTES_MAX) throw tooLarge(String(ADMIN_BODY_BYTES_MAX));
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    throw new AdminProblem(400, 'body-not-json', 'The body is not JSON.');
  }
}

function unknownPath(path: string): AdminProblem {
  return new AdminProblem(404, 'path-unknown', `There is no ${path}.`, { path });
}

function tooLarge(bytes: string): AdminProblem {
  return new AdminProblem(413, 'body-too-large', `At most ${bytes} bytes are read.`, { bytes });
}

const QUERY_CANCELED = '57014';

function isCancelled(error: unknown): boolean {
  return (error as { code?: unknown }).code === QUERY_CANCELED;
}

function send(response: ServerResponse, status: number, type: string, body: object): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(status, {
    'content-type': type,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(JSON.stringify(body));
}
