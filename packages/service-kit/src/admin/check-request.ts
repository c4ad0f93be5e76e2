import { timingSafeEqual, createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { AdminProblem } from './admin-problem.ts';
import { isLoopback, withoutBrackets } from './admin-settings.ts';
import type { AdminSettings } from './admin-settings.ts';

export { AdminProblem } from './admin-problem.ts';
export { isLoopback, withoutBrackets } from './admin-settings.ts';

/**
 * Refuses what an operator did not send. A page of another site can send requests to a loopback address from the operator's
 * browser, and by DNS rebinding even read the answers; such a request has a foreign `Host`, `Origin` or `Sec-Fetch-Site`.
 * @throws AdminProblem
 */
export function checkRequest({ headers, method }: IncomingMessage, { host, token }: AdminSettings): void {
  const name = hostNameOf(headers.host);
  // Beyond loopback the address has many names, and the token, which no page knows, protects instead.
  if (isLoopback(host) && (name === undefined || !(isLoopback(name) || name === host))) {
    const given = headers.host ?? '';
    throw new AdminProblem(403, 'host-not-allowed', `Host must be a loopback address, not "${given}".`, {
      host: given,
    });
  }
  const { origin } = headers;
  if (origin !== undefined && origin !== `http://${headers.host}`) {
    throw new AdminProblem(
      403,
      'origin-not-allowed',
      'Origin must be the address of this listener: pages of other sites are refused.',
    );
  }
  const site = headers['sec-fetch-site'];
  if (site === 'cross-site' || site === 'same-site') {
    throw new AdminProblem(403, 'origin-not-allowed', 'Requests from pages of other sites are refused.');
  }
  if (token !== undefined && !isEqual(headers.authorization ?? '', `Bearer ${token}`)) {
    throw new AdminProblem(401, 'token-wrong', 'Authorization must be "Bearer" and the token that ADMIN_TOKEN sets.');
  }
  // A form can send other types without a preflight.
  if (method === 'POST' && headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() !== 'application/json') {
    throw new AdminProblem(415, 'content-type-not-json', 'Content-Type must be application/json.');
  }
}

function hostNameOf(host: string | undefined): string | undefined {
  const url = `http://${host ?? ''}`;
  return host !== undefined && URL.canParse(url) ? withoutBrackets(new URL(url).hostname) : undefined;
}

/** In the same time however much of it is right. */
function isEqual(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
