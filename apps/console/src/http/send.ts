import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Problem } from '../api.ts';

/** Of a request, as text that can be compared: a path without its query. */
export function pathOf(request: IncomingMessage): string {
  return urlOf(request).pathname;
}

export function urlOf({ url = '/' }: IncomingMessage): URL {
  const address = `http://console${url.startsWith('/') ? url : '/'}`;
  return URL.canParse(address) ? new URL(address) : new URL('http://console/');
}

export function isOfApi(path: string): boolean {
  return path === '/api' || path.startsWith('/api/');
}

/**
 * To the page itself a problem is sent with the status 200, and its own status stays in the body: a browser reports every
 * answer of 400 and above as an error of the page, and this one is shown in the page.
 */
export function sendProblem(response: ServerResponse, problem: Problem): void {
  const status = response.req.headers['console-page'] === undefined ? problem.status : 200;
  response.writeHead(status, { 'content-type': 'application/problem+json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(problem));
}
