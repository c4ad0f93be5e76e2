import { DeadLetters } from '@event-bus/messaging-client';
import type { DeadLetter } from '@event-bus/messaging-client';
import { Controller, Get, Query } from '@nestjs/common';
import { z } from 'zod';
import { deadLetterAnswer } from '../admin/answers.ts';
import { DEAD_LETTERS_LISTED_DEFAULT, DEAD_LETTERS_LISTED_MAX } from '../limits.ts';
import { Documented } from '../openapi/documented.ts';

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
