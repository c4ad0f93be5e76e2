import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BusProblem } from '../bus/problem.ts';
import type { StackFileControl } from '../stack/stack-file.ts';
import type { Control } from './control.ts';
import { ControlProblem } from './control-problem.ts';

const HOST = '127.0.0.1';
const TOKEN_BYTES = 32;

/** Our bodies are a name and a number. */
const BODY_BYTES_MAX = 4_096;
const ARRIVAL_MS_MAX = 5_000;

/** Read into memory before they are published. */
const DUPLICATES_MAX = 1_000;

/**
 * A listener on loopback by which the console breaks parts of the stack and repairs them. What it takes and answers is in
 * `apps/console/src/control.ts`. Its token is new at each start, and a page of another site does not know it.
 */
export async function serveControl(control: Control): Promise<StackFileControl> {
  const token = randomBytes(TOKEN_BYTES).toString('hex');
  const server = createServer({ requestTimeout: ARRIVAL_MS_MAX }, (request, response) => {
    void answer(control, token, request, response);
  });
  server.listen(0, HOST);
  await once(server, 'listening');
  // It ends with this process and keeps nothing else running.
  server.unref();
  return { address: `http://${HOST}:${(server.address() as AddressInfo).port}`, token };
}

async function answer(
  control: Control,
  token: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    if (!isEqual(request.headers.authorization ?? '', `Bearer ${token}`)) {
      throw new ControlProblem(401, 'Authorization must be "Bearer" and the token in stack.json.');
    }
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://control');
    const body = request.method === 'POST' ? await bodyOf(request) : undefined;
    send(
      response,
      200,
      'application/json',
      await resultOf(control, `${request.method} ${pathname}`, searchParams, body),
    );
  } catch (error) {
    const problem = problemOf(error);
    send(response, problem.status, 'application/problem+json', problem.toJSON());
  }
}

async function resultOf(control: Control, route: string, query: URLSearchParams, body: unknown): Promise<object> {
  switch (route) {
    case 'GET /control':
      return control.state;
    case 'GET /control/log':
      return control.logAfter(countOf('after', Number(query.get('after') ?? 0), 0, Number.MAX_SAFE_INTEGER));
    case 'POST /control/kill':
      return control.kill(textOf('part', body));
    case 'POST /control/duplicates':
      return control.duplicate(textOf('topic', body), countOf('records', fieldOf('records', body), 1, DUPLICATES_MAX));
    case 'POST /control/unreadable':
      return control.publishUnreadable(textOf('topic', body));
    case 'POST /control/normal':
      return control.setNormal();
  }
  const fault = /^POST \/control\/faults\/([^/]+)$/.exec(route)?.[1];
  if (fault === undefined) throw new ControlProblem(404, `There is no ${route}.`);
  return control.setFault(fault, switchOf('on', body));
}

// By hand: zod would take 18 MB in a process that needs it for nothing else.
function fieldOf(name: string, body: unknown): unknown {
  return (body as Readonly<Record<string, unknown>> | null | undefined)?.[name];
}

function textOf(name: string, body: unknown): string {
  const value = fieldOf(name, body);
  if (typeof value === 'string') return value;
  throw new ControlProblem(400, `${name} must be a text.`);
}

function switchOf(name: string, body: unknown): boolean {
  const value = fieldOf(name, body);
  if (typeof value === 'boolean') return value;
  throw new ControlProblem(400, `${name} must be true or false.`);
}

function countOf(name: string, value: unknown, min: number, max: number): number {
  if (Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max) return value as number;
  throw new ControlProblem(400, `${name} must be a whole number from ${min} to ${max}.`);
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) throw new ControlProblem(413, `At most ${BODY_BYTES_MAX} bytes are read.`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    throw new ControlProblem(400, 'The body is not JSON.');
  }
}

function problemOf(error: unknown): ControlProblem {
  if (error instanceof ControlProblem) return error;
  if (error instanceof BusProblem) return new ControlProblem(503, `${error.message}. ${error.remedy}`);
  return new ControlProblem(500, error instanceof Error ? error.message : String(error));
}

function send(response: ServerResponse, status: number, type: string, body: object): void {
  // What has not been read of the body is not read.
  if (!response.req.complete) response.setHeader('connection', 'close');
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}

/** In the same time however much of it is right. */
function isEqual(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
