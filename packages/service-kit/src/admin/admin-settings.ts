import { isIP } from 'node:net';
import { ConfigError } from '../config/read-config.ts';
import type { ServiceConfig } from '../config/service-env.ts';

export interface AdminSettings {
  readonly host: string;
  readonly port: number;
  /** Required of every request where there is one. */
  readonly token: string | undefined;
}

/**
 * undefined unless ADMIN_LISTEN is set.
 * @throws ConfigError when it would listen beyond loopback without ADMIN_TOKEN
 */
export function readAdminSettings({
  ADMIN_LISTEN: listen,
  ADMIN_TOKEN: token,
}: Pick<ServiceConfig, 'ADMIN_LISTEN' | 'ADMIN_TOKEN'>): AdminSettings | undefined {
  if (listen === undefined) return undefined;
  const end = listen.lastIndexOf(':');
  const host = withoutBrackets(listen.slice(0, end));
  if (token === undefined && !isLoopback(host)) {
    throw new ConfigError(
      `ADMIN_TOKEN is missing: ADMIN_LISTEN=${listen} is not a loopback address, and who reaches it may redrive and drop dead letters. ` +
        'Set ADMIN_TOKEN, or listen on 127.0.0.1.',
    );
  }
  return { host, port: Number(listen.slice(end + 1)), token };
}

/** Names other than `localhost` may be resolved to any address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** An IPv6 address without the brackets that it has in a URL; any other host as it is. */
export function withoutBrackets(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}
