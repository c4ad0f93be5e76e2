import { summaryAnswer, inboxAnswer, outboxAnswer, rejectedAnswer } from '@event-bus/service-kit/admin';
import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import type { OutboxAndInbox, OutboxAnswer, RejectedRows, RowActResult, Sourced } from '../api.ts';
import { queryString } from '../http/query-string.ts';
import { read } from '../http/read.ts';
import { REJECTED_PAGE_ROWS } from '../limits.ts';
import { AdminSource } from '../sources/admin-source.ts';
import { deadOf } from '../sources/counts-of-summary.ts';
import { relayTroubleOf } from '../sources/relay-trouble.ts';
import { pageQuery, rejectedQuery, rowActBody } from './outbox-queries.ts';
import { RowActs } from './row-acts.ts';
import type { RowAct } from './row-acts.ts';

@Controller('api/outbox')
export class OutboxController {
  readonly #admin: AdminSource;
  readonly #acts: RowActs;

  constructor(admin: AdminSource, acts: RowActs) {
    this.#admin = admin;
    this.#acts = acts;
  }

  @Get()
  async all(): Promise<OutboxAndInbox> {
    const services = this.#admin.services.map(async (service) => {
      const [outbox, inbox, summary] = await Promise.all([
        this.#admin.read(service, '/admin/outbox', outboxAnswer),
        this.#admin.read(service, '/admin/inbox', inboxAnswer),
        this.#admin.read(service, '/admin/summary', summaryAnswer),
      ]);
      const relay = outbox.problem === null ? relayTroubleOf(outbox.value?.relay) : null;
      return { service, outbox, relay, inbox, dead: deadOf(summary.value) };
    });
    return { services: await Promise.all(services) };
  }

  /** Rows that the broker rejects; with `after`, further ones of one service. */
  @Get('rejected')
  async rejected(@Query() query: unknown): Promise<RejectedRows> {
    const { service, ...conditions } = read(rejectedQuery, query, 'The conditions are those of docs/admin.md.');
    const path = `/admin/outbox/rejected?${queryString({ ...conditions, limit: String(REJECTED_PAGE_ROWS) })}`;
    const services = (service ? [service] : this.#admin.services).map(async (name) => ({
      service: name,
      rejected: await this.#admin.read(name, path, rejectedAnswer),
    }));
    return { services: await Promise.all(services) };
  }

  @Post('rejected/retry')
  @HttpCode(200)
  async retry(@Body() body: unknown): Promise<RowActResult> {
    return this.#act('retry', body);
  }

  @Post('rejected/drop')
  @HttpCode(200)
  async drop(@Body() body: unknown): Promise<RowActResult> {
    return this.#act('drop', body);
  }

  /** Further waiting rows of a service. */
  @Get(':service')
  async page(@Param('service') service: string, @Query() query: unknown): Promise<Sourced<OutboxAnswer>> {
    const { after } = read(pageQuery, query, 'after is the `next` of the page before.');
    return this.#admin.read(service, `/admin/outbox?${queryString({ after })}`, outboxAnswer);
  }

  async #act(act: RowAct, body: unknown): Promise<RowActResult> {
    const given = read(
      rowActBody,
      body,
      'First { dryRun: true, service, ids or filter }, then { dryRun: false, token, by }.',
    );
    return given.dryRun ? this.#acts.dryRun(act, given) : this.#acts.act(act, given.token, given.by);
  }
}
