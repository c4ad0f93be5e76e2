import { createHash, timingSafeEqual } from 'node:crypto';
import { AdminProblem, checkRequest } from '@event-bus/service-kit/check-request';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isOfApi, pathOf, urlOf } from '../http/send.ts';

export interface Access {
  readonly host: string;
  readonly token: string | undefined;
}

const COOKIE = 'event_bus_console';

/**
 * Nothing but the page's own files runs, and nothing is loaded from elsewhere. Styles may stand in the text: a mail's preview is a
 * frame that inherits these rules, and mails are laid out by style attributes.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "frame-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

/** Before anything else: sets the headers of every answer, and refuses what the page itself did not send. */
export function guardRequests(access: Access) {
  return (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void): void => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    const { pathname, searchParams } = urlOf(request);
    if (access.token !== undefined && isEqual(searchParams.get('token') ?? '', access.token)) {
      searchParams.delete('token');
      const query = searchParams.toString();
      // Lax: a link in a chat is followed with it; a POST of another site is not sent with it, and has a wrong Origin.
      response.setHeader('set-cookie', `${COOKIE}=${encodeURIComponent(access.token)}; Path=/; HttpOnly; SameSite=Lax`);
      response.writeHead(303, { location: `/${pathname.replace(/^\/+/, '')}${query === '' ? '' : `?${query}`}` });
      response.end();
      return;
    }
    try {
      check(request, access);
    } catch (error) {
      next(error);
      return;
    }
    next();
  };
}

/** @throws AdminProblem */
function check(request: IncomingMessage, { host, token }: Access): void {
  const { method = 'GET', headers } = request;
  if (method !== 'GET' && method !== 'HEAD' && method !== 'POST')
    throw new AdminProblem(405, 'method-not-allowed', `${method} is not allowed.`);
  // A page is opened by a link on another site too; what it then reads and sends comes from itself.
  const isPage = method !== 'POST' && !isOfApi(pathOf(request));
  const { 'sec-fetch-site': _site, ...withoutSite } = headers;
  checkRequest({ headers: isPage ? withoutSite : headers, method } as Parameters<typeof checkRequest>[0], {
    host,
    port: 0,
    token: undefined,
  });
  if (method === 'POST' && headers.origin === undefined) {
    throw new AdminProblem(403, 'origin-not-allowed', 'Origin is missing: only the page of this console may write.');
  }
  // Checks of health have no token, and the answer contains nothing.
  if (token !== undefined && !pathOf(request).startsWith('/health/') && !knows(request, token)) {
    throw new AdminProblem(
      401,
      'token-wrong',
      'Open the console once as http://host:port/?token=…, with the token that CONSOLE_TOKEN sets.',
    );
  }
}

function knows({ headers }: IncomingMessage, token: string): boolean {
  const cookies = (headers.cookie ?? '').split(';').map((cookie) => cookie.trim());
  const kept = cookies.find((cookie) => cookie.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1) ?? '';
  return isEqual(decoded(kept), token) || isEqual(headers.authorization ?? '', `Bearer ${token}`);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

/** In the same time however much of it is right. */
function isEqual(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
