import { ConfigError, readConfig } from '@event-bus/service-kit/config';
import { isLoopback, withoutBrackets } from '@event-bus/service-kit/check-request';
import { kafkaLoginIsComplete, messagingEnv } from '@event-bus/messaging-client/config';
import { z } from 'zod';

/** `name=http://host:port,…` */
const addressesByName = z.string().transform((list, refinement): ReadonlyMap<string, string> => {
  const entries = list.split(',').map((entry) => /^\s*([a-z][a-z0-9-]*)=(https?:\/\/[^\s/]+)\/?\s*$/.exec(entry));
  if (entries.every((entry) => entry !== null)) return new Map(entries.map(([, name, address]) => [name!, address!]));
  refinement.addIssue({ code: 'custom', message: 'must be name=http://host:port, comma separated' });
  return z.NEVER;
});

const listen = z
  .string()
  .regex(/^(\[[0-9a-fA-F:]+\]|[^:\s]+):\d{1,5}$/, 'must be host:port')
  .refine((text) => Number(text.slice(text.lastIndexOf(':') + 1)) <= 65_535, 'must have a port, 0 to 65535')
  .transform((text) => {
    const end = text.lastIndexOf(':');
    return { host: withoutBrackets(text.slice(0, end)), port: Number(text.slice(end + 1)) };
  });

const token = z.string().min(16, 'must have at least 16 characters').optional();
const url = z
  .url({ protocol: /^https?$/, error: 'must be an http:// URL' })
  .transform((text) => text.replace(/\/$/, ''));

export const consoleEnv = z
  .object({
    CONSOLE_LISTEN: listen.prefault('127.0.0.1:3000').meta({
      description: 'Where the page and its server listen. Beyond loopback CONSOLE_TOKEN is required.',
      example: '127.0.0.1:3000',
    }),
    CONSOLE_TOKEN: token.meta({
      description: 'What a browser has to know: the page is then opened as http://host:port/?token=… once.',
      example: '8f14e45fceea167a5a36dedd4bea2543',
    }),
    SERVICES: addressesByName.meta({
      description: 'The services and where clients find them: name=http://host:port, comma separated.',
      example: 'member-service=http://127.0.0.1:3001,mail-service=http://127.0.0.1:3003',
    }),
    SERVICES_ADMIN: addressesByName.meta({
      description: 'Their admin endpoints (ADMIN_LISTEN of each), by the same names.',
      example: 'member-service=http://127.0.0.1:4001,mail-service=http://127.0.0.1:4003',
    }),
    ADMIN_TOKEN: token.meta({
      description: 'Bearer token that the admin endpoints require.',
      example: '8f14e45fceea167a5a36dedd4bea2543',
    }),
    MAILDEV_URL: url.optional().meta({
      description: 'MailDev, for the bodies of mails; without it only the ledger is shown.',
      example: 'http://127.0.0.1:1080',
    }),
    STACK_CONTROL: url.optional().meta({
      description: 'Control listener of `npm start`, for experiments with faults. Only `npm start` sets it.',
      example: 'http://127.0.0.1:4010',
    }),
    STACK_CONTROL_TOKEN: token.meta({
      description: 'What it requires. Only `npm start` sets it.',
      example: '8f14e45fceea167a5a36dedd4bea2543',
    }),
    LOG_LEVEL: z
      .enum(['fatal', 'error', 'warn', 'info', 'debug'])
      .default('info')
      .meta({ description: 'Lowest level that is logged.', example: 'info' }),
    LOG_FORMAT: z
      .enum(['json', 'text'])
      .default('json')
      .meta({ description: 'json for log collectors, text for the terminal.', example: 'json' }),
    ...messagingEnv,
  })
  .check(kafkaLoginIsComplete);

export type ConsoleConfig = z.output<typeof consoleEnv>;

/** @throws ConfigError */
export function readConsoleConfig(env: Readonly<Record<string, string | undefined>>): ConsoleConfig {
  const config = readConfig('console', consoleEnv, env);
  if (config.CONSOLE_TOKEN === undefined && !isLoopback(config.CONSOLE_LISTEN.host)) {
    throw new ConfigError(
      `CONSOLE_TOKEN is missing: CONSOLE_LISTEN=${config.CONSOLE_LISTEN.host} is not a loopback address, and a client that reaches it may redrive and drop dead letters.`,
    );
  }
  return config;
}

/** Token of the configuration, for injection. */
export const CONFIG = Symbol('console config');
