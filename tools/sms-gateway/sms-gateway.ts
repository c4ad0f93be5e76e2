import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, STATUS_CODES } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Faults, parseFault } from './faults.ts';
import { inboxPage, languageOf } from './inbox-page.ts';
import type { ShownText } from './inbox-page.ts';
import {
  ARRIVAL_MS_MAX,
  BODY_BYTES_MAX,
  KEY_CHARACTERS_MAX,
  TEXT_CHARACTERS_MAX,
  TEXTS_LISTED_MAX,
  TEXTS_MAX,
} from './limits.ts';
import { TextLog } from './text-log.ts';
import type { TakenText } from './text-log.ts';

const E_164 = /^\+[1-9]\d{6,14}$/;
/** A number, or a name as networks show it. */
const SENDER = /^(\+[1-9]\d{6,14}|[A-Za-z0-9 ]{1,11})$/;

export interface SmsGatewayOptions {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Where it remembers texts and keys. */
  readonly file: string;
}

/**
 * A gateway for text messages, as far as a sender sees one. `POST /messages` with an `Idempotency-Key` takes a text once, however
 * often it is sent: a repetition gets the first answer again, and another text with a key that is known is refused. `GET /` is
 * its inbox, `GET /messages?to=` the same as JSON, and `/control/fault` says how it fails.
 */
export class SmsGateway {
  readonly faults = new Faults();
  readonly #log: TextLog;
  readonly #server: Server;
  /** Since this process started. */
  readonly #requests = new Map<string, number>();

  private constructor(log: TextLog) {
    this.#log = log;
    this.#server = createServer({ requestTimeout: ARRIVAL_MS_MAX }, (request, response) => {
      void this.#answer(request, response);
    });
  }

  static async start({ host, port, file }: SmsGatewayOptions): Promise<SmsGateway> {
    const gateway = new SmsGateway(new TextLog(file));
    gateway.#server.listen(port, host);
    await once(gateway.#server, 'listening');
    return gateway;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** In the order in which they were taken. */
  get texts(): readonly TakenText[] {
    return this.#log.texts;
  }

  /** Requests with this key since the gateway was started. */
  requestsOf(key: string): number {
    return this.#requests.get(key) ?? 0;
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
    this.#log.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://gateway');
      switch (`${request.method} ${pathname}`) {
        case 'GET /':
          return html(
            response,
            inboxPage(this.#newest(null), languageOf(searchParams.get('lang'), request.headers['accept-language'])),
          );
        case 'GET /messages':
          return json(response, 200, this.#newest(searchParams.get('to')));
        case 'GET /health':
          return json(response, 200, { texts: this.texts.length });
        case 'POST /messages':
          return await this.#take(await bodyOf(request), request.headers['idempotency-key'], response);
        case 'GET /control/fault':
          return json(response, 200, this.faults.state);
        case 'PUT /control/fault':
          this.faults.set(faultOf(await bodyOf(request)));
          return json(response, 200, this.faults.state);
        case 'DELETE /control/fault':
          this.faults.set(undefined);
          return json(response, 200, this.faults.state);
        default:
          throw new Refusal(404, `There is no ${request.method} ${pathname}.`);
      }
    } catch (error) {
      const refusal = error instanceof Refusal ? error : new Refusal(500, String(error));
      problem(response, refusal);
    }
  }

  async #take(body: unknown, keyHeader: string | string[] | undefined, response: ServerResponse): Promise<void> {
    const key = keyOf(keyHeader);
    this.#requests.set(key, this.requestsOf(key) + 1);
    const fault = this.faults.take();
    if (fault?.kind === 'refuse') {
      throw new Refusal(fault.status, 'The gateway was set to refuse this.', fault.retryAfterSeconds);
    }
    const known = this.#log.of(key);
    const taken = known ?? this.#add(key, body);
    if (known !== undefined && !isSame(known, body)) {
      throw new Refusal(422, 'The Idempotency-Key was used for another text.');
    }
    if (fault?.kind === 'drop') return void response.socket?.destroy();
    // The timer alone keeps no process running.
    if (fault?.kind === 'late') await delay(fault.milliseconds, undefined, { ref: false });
    if (known !== undefined) response.setHeader('idempotency-replayed', 'true');
    json(response, 201, { id: taken.id, takenAt: taken.takenAt });
  }

  #add(key: string, body: unknown): TakenText {
    const text = { id: randomUUID(), key, ...messageOf(body), takenAt: new Date().toISOString() };
    if (this.texts.length >= TEXTS_MAX) {
      throw new Refusal(
        503,
        `The gateway remembers ${TEXTS_MAX} texts at most. Delete its data, as npm run reset does.`,
      );
    }
    this.#log.add(text);
    return text;
  }

  #newest(to: string | null): ShownText[] {
    return this.texts
      .filter((text) => to === null || text.to === to)
      .slice(-TEXTS_LISTED_MAX)
      .toReversed()
      .map((text) => ({ ...text, requests: this.requestsOf(text.key) }));
  }
}

/** An answer that is an RFC 9457 problem. */
class Refusal extends Error {
  readonly status: number;
  readonly retryAfterSeconds: number | undefined;

  constructor(status: number, detail: string, retryAfterSeconds?: number) {
    super(detail);
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** As the draft has it, a string in quotes; without them too, as most clients send it. */
function keyOf(header: string | string[] | undefined): string {
  const key = typeof header === 'string' ? header.replace(/^"(.*)"$/, '$1') : '';
  if (key !== '' && key.length <= KEY_CHARACTERS_MAX) return key;
  throw new Refusal(400, `Idempotency-Key must have 1 to ${KEY_CHARACTERS_MAX} characters.`);
}

function messageOf(body: unknown): Pick<TakenText, 'from' | 'to' | 'text'> {
  const { from, to, text } = (body ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof to !== 'string' || !E_164.test(to)) throw new Refusal(400, 'to must be a phone number in E.164.');
  if (typeof from !== 'string' || !SENDER.test(from)) {
    throw new Refusal(400, 'from must be a phone number in E.164, or up to 11 letters and digits.');
  }
  if (typeof text !== 'string' || text === '' || text.length > TEXT_CHARACTERS_MAX) {
    throw new Refusal(400, `text must have 1 to ${TEXT_CHARACTERS_MAX} characters.`);
  }
  return { from, to, text };
}

function isSame(taken: TakenText, body: unknown): boolean {
  const { from, to, text } = messageOf(body);
  return taken.from === from && taken.to === to && taken.text === text;
}

function faultOf(body: unknown) {
  try {
    return parseFault(body);
  } catch (error) {
    throw new Refusal(400, (error as Error).message);
  }
}

/** JSON alone, which a page of another site cannot send without a question that is answered with 404. */
async function bodyOf(request: IncomingMessage): Promise<unknown> {
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
    throw new Refusal(415, 'The body must be application/json.');
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) throw new Refusal(413, `At most ${BODY_BYTES_MAX} bytes are read.`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    throw new Refusal(400, 'The body is not JSON.');
  }
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}

function html(response: ServerResponse, page: string): void {
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
  });
  response.end(page);
}

function problem(response: ServerResponse, { status, message, retryAfterSeconds }: Refusal): void {
  if (retryAfterSeconds !== undefined) response.setHeader('retry-after', retryAfterSeconds);
  // What has not been read of the body is not read.
  if (!response.req.complete) response.setHeader('connection', 'close');
  response.writeHead(status, { 'content-type': 'application/problem+json', 'cache-control': 'no-store' });
  response.end(JSON.stringify({ title: STATUS_CODES[status], status, detail: message }));
}
