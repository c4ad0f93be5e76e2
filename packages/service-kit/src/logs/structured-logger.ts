import { currentRecord, currentTrace } from '@event-bus/messaging-client';
import type { LoggerService } from '@nestjs/common';
import { pino } from 'pino';
import type { DestinationStream, Level, Logger } from 'pino';
import { LogOutput } from './log-output.ts';
import { errorWithoutParameters, maskPersonalData } from './mask-personal-data.ts';
import { textLine } from './text-line.ts';

const STDOUT = 1;

/** Nest logs its wiring at length; that is for debugging. */
const WIRING_CONTEXTS = new Set([
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'NestMicroservice',
  'RouterExplorer',
  'RoutesResolver',
]);

export interface LoggerOptions {
  readonly service: string;
  readonly level: string;
  /** Distinguishes instances of one service. */
  readonly instance?: string | undefined;
  /** `json`, one object a line, unless given. */
  readonly format?: 'json' | 'text' | undefined;
  /** Addresses, names, contents of mails and values of rows are masked unless true. */
  readonly personalData?: boolean | undefined;
  /** Instead of a descriptor. */
  readonly destination?: DestinationStream;
  /** Standard output unless given. */
  readonly descriptor?: number;
}

/**
 * Nest's `Logger` on pino: one JSON object per line, with its trace, and the event and attempt that is being handled.
 *
 * `new Logger('Relay').log({ rows: 3 }, 'published')` gives `{"context":"Relay","rows":3,"msg":"published"}`.
 */
export class StructuredLogger implements LoggerService {
  readonly #pino: Logger;

  constructor({ service, level, instance, format, personalData, destination, descriptor = STDOUT }: LoggerOptions) {
    const mask = personalData === true ? same : maskPersonalData;
    const layOut = format === 'text' ? textLine : same;
    const options = {
      level,
      base: { service, ...(instance === undefined ? {} : { instance }), pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label: string) => ({ level: label }) },
      mixin: traceAndEvent,
      ...(personalData === true ? {} : { serializers: { err: errorWithoutParameters } }),
      hooks: { streamWrite: (line: string) => layOut(mask(line)) },
    };
    const output = new LogOutput(descriptor, (lost) =>
      this.#pino.warn({ ...lost, context: 'Log' }, 'log lines were lost: they could not be written'),
    );
    this.#pino = pino(options, destination ?? output);
  }

  log(message: unknown, ...rest: unknown[]): void {
    this.#write('info', message, rest);
  }
  error(message: unknown, ...rest: unknown[]): void {
    this.#write('error', message, rest);
  }
  warn(message: unknown, ...rest: unknown[]): void {
    this.#write('warn', message, rest);
  }
  debug(message: unknown, ...rest: unknown[]): void {
    this.#write('debug', message, rest);
  }
  verbose(message: unknown, ...rest: unknown[]): void {
    this.#write('trace', message, rest);
  }
  fatal(message: unknown, ...rest: unknown[]): void {
    this.#write('fatal', message, rest);
  }

  #write(level: Level, message: unknown, rest: unknown[]): void {
    const parts = [message, ...rest].filter((part) => part !== undefined);
    // Nest's Logger puts its context last; the message itself is never the context.
    const context = parts.length > 1 && typeof parts.at(-1) === 'string' ? (parts.pop() as string) : undefined;
    const actual = level === 'info' && context !== undefined && WIRING_CONTEXTS.has(context) ? 'debug' : level;
    if (!this.#pino.isLevelEnabled(actual)) return;

    const fields: Record<string, unknown> = { context };
    const texts: string[] = [];
    for (const part of parts) {
      if (part instanceof Error) fields['err'] = part;
      else if (typeof part === 'string') texts.push(part);
      else Object.assign(fields, typeof part === 'object' ? part : { value: part });
    }
    // Nest's error(message, stack): the second text is the stack.
    const [text, stack] = texts;
    if (stack !== undefined) fields['stack'] = stack;
    const error = fields['err'];
    this.#pino[actual](fields, text ?? (error instanceof Error ? error.message : ''));
  }
}

function same(line: string): string {
  return line;
}

/** Called by pino for every line: the trace, and the record that is being handled. */
function traceAndEvent(): object {
  const traceId = currentTrace()?.traceId;
  const record = currentRecord();
  return {
    ...(traceId === undefined ? {} : { traceId }),
    ...(record === undefined ? {} : { eventId: record.eventId, attempt: record.attempt }),
  };
}
