import { Controller, Get, Param, Query } from '@nestjs/common';
import { z } from 'zod';
import type { Journey, JourneySearch } from '../api.ts';
import { read } from '../http/read.ts';
import { SEARCH_CHARACTERS_MAX } from '../limits.ts';
import { JourneysService } from './journeys.service.ts';

const searchQuery = z.object({ q: z.string().max(SEARCH_CHARACTERS_MAX).default('') });
const NEXT = 'Search by an address, or by the id of an order, a member, an event or a trace.';

@Controller('api/journeys')
export class JourneysController {
  readonly #journeys: JourneysService;

  constructor(journeys: JourneysService) {
    this.#journeys = journeys;
  }

  /** Oldest first; without `q` the newest. */
  @Get()
  async search(@Query() query: unknown): Promise<JourneySearch> {
    return this.#journeys.search(read(searchQuery, query, NEXT).q);
  }

  @Get(':eventId')
  async one(@Param('eventId') eventId: string): Promise<Journey> {
    return this.#journeys.one(read(searchQuery, { q: eventId }, NEXT).q);
  }
}
