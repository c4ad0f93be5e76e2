import { inboxAnswer, outboxAnswer } from '@event-bus/service-kit/admin';
import { Controller, Get, Param, Query } from '@nestjs/common';
import { z } from 'zod';
import type { OutboxAndInbox, OutboxAnswer, Sourced } from '../api.ts';
import { read } from '../http/read.ts';
import { AdminSource } from '../sources/admin-source.ts';

const pageQuery = z.strictObject({ after: z.string().max(2_000).optional() });

@Controller('api/outbox')
export class OutboxController {
  readonly #admin: AdminSource;

  constructor(admin: AdminSource) {
    this.#admin = admin;
  }

  @Get()
  async all(): Promise<OutboxAndInbox> {
    const services = this.#admin.services.map(async (service) => {
      const [outbox, inbox] = await Promise.all([
        this.#admin.read(service, '/admin/outbox', outboxAnswer),
        this.#admin.read(service, '/admin/inbox', inboxAnswer),
      ]);
      return { service, outbox, inbox };
    });
    return { services: await Promise.all(services) };
  }

  /** Further waiting rows of a service. */
  @Get(':service')
  async page(@Param('service') service: string, @Query() query: unknown): Promise<Sourced<OutboxAnswer>> {
    const { after } = read(pageQuery, query, 'after is the `next` of the page before.');
    const place = after === undefined ? '' : `?${new URLSearchParams({ after }).toString()}`;
    return this.#admin.read(service, `/admin/outbox${place}`, outboxAnswer);
  }
}
