import { phoneNumberSchema } from '@event-bus/event-catalog';
import { Documented } from '@event-bus/service-kit';
import { Controller, Get, Query } from '@nestjs/common';
import { z } from 'zod';
import { Ledger } from './ledger.ts';
import { templates, textStatuses } from './text.entity.ts';
import type { Text } from './text.entity.ts';

/** One answer stays below a megabyte. */
const TEXTS_LISTED_MAX = 500;
const TEXTS_LISTED_DEFAULT = 50;
const EVENT_ID_CHARACTERS_MAX = 100;

/** Strict: if a misspelt filter were ignored, the answer would look right. */
const textQuerySchema = z.strictObject({
  eventId: z.string().trim().min(1).max(EVENT_ID_CHARACTERS_MAX).optional(),
  to: phoneNumberSchema.optional(),
  status: z.enum(textStatuses).optional(),
  limit: z.coerce.number('must be a number').int().min(1).max(TEXTS_LISTED_MAX).default(TEXTS_LISTED_DEFAULT),
});

const textView = z.object({
  id: z.string().meta({ description: 'int64' }),
  eventId: z.string(),
  template: z.enum(templates),
  recipient: z.string(),
  segments: z.int().meta({ description: 'Parts in which networks carry it, and bill it.' }),
  status: z.enum(textStatuses),
  gatewayId: z.string().nullable(),
  error: z.string().nullable(),
  topic: z.string(),
  partition: z.int(),
  offset: z.string().meta({ description: 'int64' }),
  createdAt: z.iso.datetime(),
});

@Controller('texts')
export class TextsController {
  readonly #ledger: Ledger;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** The ledger, newest first. */
  @Get()
  @Documented({ summary: 'Text messages and what became of them, newest first', answers: { 200: z.array(textView) } })
  async list(@Query({ schema: textQuerySchema }) query: z.output<typeof textQuerySchema>): Promise<Text[]> {
    return this.#ledger.list(query);
  }
}
