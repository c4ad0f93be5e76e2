import { Documented } from '@event-bus/service-kit';
import { Controller, Get, Query } from '@nestjs/common';
import { z } from 'zod';
import { Ledger } from './ledger.ts';
import { mailStatuses, templates } from './mail.entity.ts';
import type { Mail } from './mail.entity.ts';

/** One answer stays below a megabyte. */
const MAILS_LISTED_MAX = 500;
const MAILS_LISTED_DEFAULT = 50;
/** Longer than any event id or mail address. */
const FILTER_CHARACTERS_MAX = 320;

const filter = z.string().trim().min(1).max(FILTER_CHARACTERS_MAX);

/** In one request, of a program that has found these events elsewhere. */
const EVENTS_ASKED_MAX = 100;

const eventIds = z
  .string()
  .transform((text) => text.split(',').filter((id) => id !== ''))
  .pipe(z.array(z.string()).min(1).max(EVENTS_ASKED_MAX));

/** Strict: if a misspelt filter were ignored, the answer would look right. */
const mailQuerySchema = z.strictObject({
  eventId: filter.optional(),
  /** Comma separated. */
  eventIds: eventIds.optional(),
  to: filter.optional(),
  template: z.enum(templates).optional(),
  status: z.enum(mailStatuses).optional(),
  ambiguous: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional(),
  /** `id` of the last mail of the page before. */
  before: z
    .string()
    .regex(/^\d{1,18}$/, 'must be the id of a mail')
    .optional(),
  limit: z.coerce.number('must be a number').int().min(1).max(MAILS_LISTED_MAX).default(MAILS_LISTED_DEFAULT),
});

const mailView = z.object({
  id: z.string().meta({ description: 'int64' }),
  eventId: z.string(),
  template: z.enum(templates),
  recipient: z.string(),
  subject: z.string(),
  status: z.enum(mailStatuses),
  ambiguous: z.boolean().meta({ description: 'The mail server may have received it more than once.' }),
  messageId: z.string(),
  attempts: z.int(),
  group: z.string(),
  topic: z.string(),
  partition: z.int(),
  offset: z.string().meta({ description: 'int64' }),
  error: z.string().nullable().meta({ description: 'Of the last attempt, if it failed.' }),
  answer: z.string().nullable().meta({ description: 'Of the mail server when it accepted the mail.' }),
  createdAt: z.iso.datetime(),
  acceptedAt: z.iso.datetime().nullable(),
});

@Controller('mails')
export class MailsController {
  readonly #ledger: Ledger;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** The ledger, newest first. */
  @Get()
  @Documented({ summary: 'Mails and what became of them, newest first', answers: { 200: z.array(mailView) } })
  async list(@Query({ schema: mailQuerySchema }) query: z.output<typeof mailQuerySchema>): Promise<Mail[]> {
    return this.#ledger.list(query);
  }
}
