import { DeadLetters } from '@event-bus/messaging-client';
import type { DeadLetter } from '@event-bus/messaging-client';
import { Documented } from '@event-bus/service-kit';
import { deadLetterAnswer } from '@event-bus/service-kit/admin';
import { Controller, Get, Query } from '@nestjs/common';
import { z } from 'zod';

/** Each contains a whole record, up to the broker's limit. */
const DEAD_LETTERS_LISTED_MAX = 100;
const DEAD_LETTERS_LISTED_DEFAULT = 20;

const deadLetterQuerySchema = z.strictObject({
  limit: z.coerce
    .number('must be a number')
    .int()
    .min(1)
    .max(DEAD_LETTERS_LISTED_MAX)
    .default(DEAD_LETTERS_LISTED_DEFAULT),
});

@Controller('dead-letters')
export class DeadLettersController {
  readonly #deadLetters: DeadLetters;

  constructor(deadLetters: DeadLetters) {
    this.#deadLetters = deadLetters;
  }

  /** The dead letters of this service, newest first, with their bytes. */
  @Get()
  @Documented({
    summary: 'Dead letters with their bytes, newest first',
    answers: { 200: z.array(deadLetterAnswer.shape.deadLetter) },
  })
  async list(
    @Query({ schema: deadLetterQuerySchema }) { limit }: z.output<typeof deadLetterQuerySchema>,
  ): Promise<DeadLetter[]> {
    return this.#deadLetters.list(limit);
  }
}
