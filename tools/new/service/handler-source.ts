import { camel, kebab, pascal } from '../names.ts';
import type { NewService } from './new-service-options.ts';

/** Sends the mails of a service with an outside effect. */
export const MAILER = { file: 'entries/mailer.ts' };

export function handlerOf({ consumes, effect }: NewService): { readonly file: string; readonly class: string } {
  const does = effect === 'outside' ? 'send-mail' : 'keep-entry';
  return {
    file: `entries/${does}-when-${kebab(consumes.name)}.ts`,
    class: `${pascal(does)}When${pascal(consumes.name)}`,
  };
}

export function handlerSource(service: NewService, table: string): string {
  return { database: keepInTransaction, repeatable: keepRepeatably, outside: sendMail }[service.effect](service, table);
}

function insertOf(table: string): string {
  return `INSERT INTO ${table} (event_id, key, payload) VALUES ($1, $2, $3)`;
}

/** The statement that appends the event, with what it is published with. */
function append({ publishes }: NewService): string {
  if (publishes === undefined) return '';
  const { name, fields } = publishes;
  return fields === undefined
    ? `// Replace the example by the fields that follow from the payload.
    await this.#outbox.append(manager, ${camel(name)}, ${camel(name)}.example);`
    : `await this.#outbox.append(manager, ${camel(name)}, { ${fields.key}: event.id, ${fields.time}: new Date().toISOString() });`;
}

interface Injected {
  readonly field: string;
  readonly class: string;
}

const OUTBOX: Injected = { field: 'outbox', class: 'Outbox' };

/** The fields of the class, and its constructor. */
function injected(all: readonly Injected[]): string {
  if (all.length === 0) return '';
  const of = (text: (one: Injected) => string, separator: string): string => all.map(text).join(separator);
  return `${of(({ field, class: type }) => `  readonly #${field}: ${type};`, '\n')}

  constructor(${of(({ field, class: type }) => `${field}: ${type}`, ', ')}) {
${of(({ field }) => `    this.#${field} = ${field};`, '\n')}
  }

`;
}

function catalogImports({ consumes, publishes }: NewService): string {
  const names = [camel(consumes.name), ...(publishes === undefined ? [] : [camel(publishes.name)])].toSorted();
  return `import { ${[...new Set(names)].join(', ')} } from '@event-bus/event-catalog';
import type { ${pascal(consumes.name)} } from '@event-bus/event-catalog';`;
}

function keepInTransaction(service: NewService, table: string): string {
  const { consumes, publishes } = service;
  const together =
    publishes === undefined
      ? 'The entry and the row of the inbox'
      : `The entry, ${publishes.name} and the row of the inbox`;
  return `${catalogImports(service)}
import { OnEvent${publishes === undefined ? '' : ', Outbox'} } from '@event-bus/messaging-client';
import type { TransactionContext } from '@event-bus/messaging-client';
import { Controller } from '@nestjs/common';

@Controller()
export class ${handlerOf(service).class} {
${injected(publishes === undefined ? [] : [OUTBOX])}\
  /** ${together} commit together: an event that is delivered again adds nothing. */
  @OnEvent(${camel(consumes.name)})
  async keep(payload: ${pascal(consumes.name)}, { event, key, manager }: TransactionContext): Promise<void> {
    await manager.query('${insertOf(table)}', [event.id, key, payload]);
    ${append(service)}
  }
}
`;
}

function keepRepeatably(service: NewService, table: string): string {
  const { consumes, publishes } = service;
  const insert = `'${insertOf(table)} ON CONFLICT (event_id) DO NOTHING`;
  const body =
    publishes === undefined
      ? `await this.#dataSource.query(${insert}', [event.id, key, payload]);`
      : `await inTransaction(this.#dataSource, async (manager) => {
      const added = await manager.query<unknown[]>(${insert} RETURNING id', [event.id, key, payload]);
      if (added.length === 0) return;
      ${append(service)}
    });`;
  return `${catalogImports(service)}
import { OnEvent${publishes === undefined ? '' : ', Outbox'} } from '@event-bus/messaging-client';
import type { RecordContext } from '@event-bus/messaging-client';
${publishes === undefined ? '' : "import { inTransaction } from '@event-bus/service-kit';\n"}\
import { Controller } from '@nestjs/common';
import { DataSource } from 'typeorm';

@Controller()
export class ${handlerOf(service).class} {
${injected([{ field: 'dataSource', class: 'DataSource' }, ...(publishes === undefined ? [] : [OUTBOX])])}\
  /**
   * Runs again when the process ends before the inbox has the event. The unique event_id recognises that; another system that is
   * called here recognises it when event.id is its Idempotency-Key.
   */
  @OnEvent(${camel(consumes.name)}, { effect: 'repeatable' })
  async keep(payload: ${pascal(consumes.name)}, { event, key }: RecordContext): Promise<void> {
    ${body}
  }
}
`;
}

function sendMail(service: NewService, table: string): string {
  const { name, consumes, publishes } = service;
  return `${catalogImports(service)}
import { OnEvent${publishes === undefined ? '' : ', Outbox'} } from '@event-bus/messaging-client';
import type { Confirmed, OutsideContext } from '@event-bus/messaging-client';
import { Controller } from '@nestjs/common';
import { Mailer } from './mailer.ts';

@Controller()
export class ${handlerOf(service).class} {
${injected([{ field: 'mailer', class: 'Mailer' }, ...(publishes === undefined ? [] : [OUTBOX])])}\
  /**
   * The claim is committed before the mail is sent. A mail of which it is not known whether it was sent is sent again a few times, with
   * the same Message-ID; with \`hold\` it would be a dead letter at once.
   */
  @OnEvent(${camel(consumes.name)}, { effect: 'outside', whenAmbiguous: 'resend' })
  async send(payload: ${pascal(consumes.name)}, context: OutsideContext): Promise<Confirmed> {
    const { event, key, signal } = context;
    const claim = await context.claim();
    const mail = { messageId: \`<\${event.id}@${name}>\`, subject: \`\${event.name} \${key}\`, text: JSON.stringify(payload, null, 2) };
    await this.#mailer.send(mail, signal);
    return claim.confirm(async (manager) => {
      await manager.query('${insertOf(table)}', [event.id, key, payload]);
      ${append(service)}
    });
  }
}
`;
}

export function mailerSource(): string {
  return `import { PermanentError, TransientError } from '@event-bus/messaging-client';
import { createTransport } from 'nodemailer';
import type { Transporter } from 'nodemailer';
import type { Config } from '../config.ts';

/** Together below the time-out of the handler, so that the mail server's answer decides what becomes of the event. */
const CONNECT_WITHIN_MS = 5_000;
const ANSWER_WITHIN_MS = 15_000;

/** Nodemailer's codes of answers about one mail; the others are about the connection or the login. */
const ABOUT_THE_MAIL = new Set(['EENVELOPE', 'EMESSAGE']);
/** Nothing was sent yet. */
const BEFORE_THE_MAIL = new Set(['connect', 'getaddrinfo']);

interface SmtpError extends Error {
  readonly code?: string;
  readonly responseCode?: number;
  readonly syscall?: string;
}

export class Mailer {
  readonly #transport: Transporter;
  readonly #addresses: { readonly from: string; readonly to: string };

  constructor({ SMTP_URL, SMTP_SSL_CA, MAIL_FROM, MAIL_TO }: Pick<Config, 'SMTP_URL' | 'SMTP_SSL_CA' | 'MAIL_FROM' | 'MAIL_TO'>) {
    this.#transport = createTransport({
      url: SMTP_URL,
      connectionTimeout: CONNECT_WITHIN_MS,
      greetingTimeout: CONNECT_WITHIN_MS,
      socketTimeout: ANSWER_WITHIN_MS,
      // A payload must not be able to make the service read local files or send requests to its network.
      disableFileAccess: true,
      disableUrlAccess: true,
      ...(SMTP_SSL_CA !== undefined && { requireTLS: true, tls: SMTP_SSL_CA }),
    });
    this.#addresses = { from: MAIL_FROM, to: MAIL_TO };
  }

  /** @throws TransientError if it was not sent, PermanentError if it is rejected, another error if it may have been sent */
  async send(mail: { messageId: string; subject: string; text: string }, signal: AbortSignal): Promise<void> {
    const message = { ...mail, ...this.#addresses, signal };
    try {
      await this.#transport.sendMail(message);
    } catch (error) {
      const { message: reason, code = '', responseCode = 0, syscall = '' } = error as SmtpError;
      if (responseCode >= 500 && ABOUT_THE_MAIL.has(code)) throw new PermanentError(reason, { cause: error });
      if (responseCode >= 400 || BEFORE_THE_MAIL.has(syscall)) throw new TransientError(reason, { cause: error });
      throw error;
    }
  }
}
`;
}
