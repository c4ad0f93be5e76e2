import { Agent, request as requestHttp } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, RequestOptions } from 'node:http';
import { Agent as TlsAgent, request as requestHttps } from 'node:https';

export interface Sent {
  /** GET unless given. */
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answered {
  readonly status: number;
  readonly isOk: boolean;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

const AGENT = new Agent({ keepAlive: true });
const TLS_AGENT = new TlsAgent({ keepAlive: true });

/**
 * A dozen requests a second go to the services: `fetch()` takes three times the processor time for each, and keeps several
 * megabytes of WebAssembly. No redirect is followed.
 * @throws Error with the code of the connection; `ETIMEDOUT` when there is no answer in time
 */
export async function sendRequest(url: string, sent: Sent, timeoutMs: number): Promise<Answered> {
  const { promise, resolve, reject } = Promise.withResolvers<Answered>();
  const attempt = (): void => {
    const request = start(url, sent, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('error', reject);
      response.on('end', () => {
        const { statusCode: status = 0, headers } = response;
        resolve({ status, isOk: status >= 200 && status < 300, headers, text });
      });
    });
    const timer = setTimeout(() => request.destroy(noAnswerIn(timeoutMs)), timeoutMs);
    request.on('close', () => clearTimeout(timer));
    request.on('error', (error: NodeJS.ErrnoException) => {
      // The other side has closed a connection that was kept for the next request.
      if (request.reusedSocket && error.code === 'ECONNRESET' && sent.method !== 'POST') attempt();
      else reject(error);
    });
  };
  attempt();
  return promise;
}

/** The answer is there when its head is; the body comes as it comes. */
export async function openResponse(url: string, sent: Sent, signal: AbortSignal): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  start(url, sent, resolve, { signal, agent: false }).on('error', reject);
  return promise;
}

function start(
  url: string,
  { method = 'GET', headers = {}, body }: Sent,
  answered: (response: IncomingMessage) => void,
  options: RequestOptions = {},
): ReturnType<typeof requestHttp> {
  const isTls = url.startsWith('https:');
  const request = (isTls ? requestHttps : requestHttp)(
    url,
    { method, headers, agent: isTls ? TLS_AGENT : AGENT, ...options },
    answered,
  );
  request.end(body);
  return request;
}

function noAnswerIn(ms: number): Error {
  return Object.assign(new Error(`no answer in ${ms} ms`), { code: 'ETIMEDOUT' });
}

/** Why there was no answer, such as `ECONNREFUSED`. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}
