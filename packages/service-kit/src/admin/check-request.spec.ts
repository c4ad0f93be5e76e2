import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { expect, it } from 'vitest';
import { readAdminSettings } from './admin-settings.ts';
import { checkRequest } from './check-request.ts';

const TOKEN = '0123456789abcdef';
const LOOPBACK = { host: '127.0.0.1', port: 4001, token: undefined };
const HOST = '127.0.0.1:4001';
const JSON_TYPE = { 'content-type': 'application/json' };

function statusOf(
  headers: IncomingHttpHeaders,
  method = 'GET',
  settings: Parameters<typeof checkRequest>[1] = LOOPBACK,
) {
  try {
    checkRequest({ headers, method } as IncomingMessage, settings);
    return 200;
  } catch (error) {
    return (error as { status: number }).status;
  }
}

it.each<[string, number, IncomingHttpHeaders, string]>([
  ['of a tool', 200, { host: HOST }, 'GET'],
  ['of a tool by another name of loopback', 200, { host: 'localhost:4001' }, 'GET'],
  ['without a Host', 403, {}, 'GET'],
  ['of a page whose name was bound to loopback', 403, { host: 'evil.example:4001' }, 'GET'],
  ['of a page whose name looks like loopback', 403, { host: '127.0.0.1.evil.example' }, 'GET'],
  ['of a page of another site', 403, { host: HOST, origin: 'http://evil.example' }, 'GET'],
  ['of a page of another port', 403, { host: HOST, origin: 'http://127.0.0.1:3001' }, 'GET'],
  ['of a sandboxed page', 403, { host: HOST, origin: 'null', ...JSON_TYPE }, 'POST'],
  ['of a page of another site without an Origin', 403, { host: HOST, 'sec-fetch-site': 'cross-site' }, 'GET'],
  ['of a form', 415, { host: HOST, 'content-type': 'text/plain' }, 'POST'],
  ['that acts, of a tool', 200, { host: HOST, ...JSON_TYPE }, 'POST'],
  ['that acts, of its own page', 200, { host: HOST, origin: `http://${HOST}`, ...JSON_TYPE }, 'POST'],
])('a request %s is answered %i', (_, status, headers, method) => {
  expect(statusOf(headers, method)).toBe(status);
});

it('a listener with a token refuses every request without it', () => {
  const settings = { host: '0.0.0.0', port: 4001, token: TOKEN };
  expect(statusOf({ host: 'order-service:4001' }, 'GET', settings)).toBe(401);
  expect(statusOf({ host: 'order-service:4001', authorization: 'Bearer wrong' }, 'GET', settings)).toBe(401);
  expect(statusOf({ host: 'order-service:4001', authorization: `Bearer ${TOKEN}` }, 'GET', settings)).toBe(200);
});

it.each(['0.0.0.0:4001', '10.0.0.7:4001', '[::]:4001', 'order-service:4001', '127.evil.example:4001'])(
  'a service that would listen on %s without a token does not start, and its error names the setting',
  (listen) => {
    expect(() => readAdminSettings({ ADMIN_LISTEN: listen, ADMIN_TOKEN: undefined })).toThrow('ADMIN_TOKEN is missing');
    expect(readAdminSettings({ ADMIN_LISTEN: listen, ADMIN_TOKEN: TOKEN })?.token).toBe(TOKEN);
  },
);

it.each([
  ['127.0.0.1:4001', '127.0.0.1'],
  ['localhost:4001', 'localhost'],
  ['[::1]:4001', '::1'],
])('a listener on %s needs no token', (listen, host) => {
  expect(readAdminSettings({ ADMIN_LISTEN: listen, ADMIN_TOKEN: undefined })).toEqual({
    host,
    port: 4001,
    token: undefined,
  });
});
