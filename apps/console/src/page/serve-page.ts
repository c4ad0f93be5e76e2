import type { IncomingMessage, ServerResponse } from 'node:http';
import { isOfApi, pathOf, sendProblem } from '../http/send.ts';
import { problemOf } from '../http/problem.ts';
import type { PageFile } from './page-files.ts';

/** The page's files; and the page itself at every other path that is not of the API, as its views have paths of their own. */
export function servePage(files: ReadonlyMap<string, PageFile>) {
  return (request: IncomingMessage, response: ServerResponse, next: () => void): void => {
    const path = pathOf(request);
    if (isOfApi(path) || path.startsWith('/health/') || request.method === 'POST') {
      next();
      return;
    }
    const file = files.get(path) ?? (isFile(path) ? undefined : files.get('/index.html'));
    if (file === undefined) {
      const detail = files.size === 0 ? 'The page has not been built.' : `There is no file ${path}.`;
      const said = { code: 'request-wrong', params: { answer: detail } } as const;
      sendProblem(response, problemOf(404, detail, files.size === 0 ? 'npm run build' : undefined, said));
      return;
    }
    const { type, body, gzip, etag, isHashed } = file;
    response.setHeader('content-type', type);
    response.setHeader('etag', etag);
    response.setHeader('vary', 'accept-encoding');
    response.setHeader('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
    if (request.headers['if-none-match'] === etag) {
      response.writeHead(304).end();
    } else if (/\bgzip\b/.test(String(request.headers['accept-encoding']))) {
      response.setHeader('content-encoding', 'gzip');
      response.end(gzip);
    } else response.end(body);
  };
}

/** A script of an earlier build; answered with the page, it would be a syntax error. */
function isFile(path: string): boolean {
  return path.startsWith('/assets/') || /\.(js|css|map|svg|png|ico)$/.test(path);
}
