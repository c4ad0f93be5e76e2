import { auditAnswer, parkedAnswer } from '@event-bus/service-kit/admin';
import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import type { ActResult, AuditList, DeadLetterDetail, DeadLetterList, FailureCounts, ParkedList } from '../api.ts';
import { queryString } from '../http/query-string.ts';
import { read } from '../http/read.ts';
import { LETTERS_PAGE_ROWS } from '../limits.ts';
import { AdminSource } from '../sources/admin-source.ts';
import { Acts } from './acts.ts';
import type { Act } from './acts.ts';
import { DeadLettersOfServices } from './dead-letters.ts';
import { CountsOfFailures } from './failure-counts.ts';
import { actBody, auditQuery, lettersQuery, parkedQuery } from './failure-queries.ts';

const NEXT = 'The conditions are those of docs/admin.md.';

@Controller('api/failures')
export class FailuresController {
  readonly #admin: AdminSource;
  readonly #counts: CountsOfFailures;
  readonly #letters: DeadLettersOfServices;
  readonly #acts: Acts;

  constructor(admin: AdminSource, counts: CountsOfFailures, letters: DeadLettersOfServices, acts: Acts) {
    this.#admin = admin;
    this.#counts = counts;
    this.#letters = letters;
    this.#acts = acts;
  }

  @Get('counts')
  async counts(): Promise<FailureCounts> {
    return this.#counts.read();
  }

  @Get('parked')
  async parked(@Query() query: unknown): Promise<ParkedList> {
    const { service, ...conditions } = read(parkedQuery, query, NEXT);
    const path = `/admin/parked?${queryString({ ...conditions, limit: String(LETTERS_PAGE_ROWS) })}`;
    const [counts, services] = await Promise.all([
      this.#counts.read(),
      Promise.all(
        this.#servicesOf(service).map(async (name) => ({
          service: name,
          parked: await this.#admin.read(name, path, parkedAnswer),
        })),
      ),
    ]);
    return { counts, services };
  }

  @Get('dead')
  async dead(@Query() query: unknown): Promise<DeadLetterList> {
    return this.#letters.list('open', read(lettersQuery, query, NEXT));
  }

  @Get('resolved')
  async resolved(@Query() query: unknown): Promise<DeadLetterList> {
    return this.#letters.list('resolved', read(lettersQuery, query, NEXT));
  }

  @Get('audit')
  async audit(@Query() query: unknown): Promise<AuditList> {
    const { service } = read(auditQuery, query, NEXT);
    const services = this.#servicesOf(service).map(async (name) => ({
      service: name,
      audit: await this.#admin.read(name, `/admin/audit?limit=${LETTERS_PAGE_ROWS}`, auditAnswer),
    }));
    return { services: await Promise.all(services) };
  }

  @Get('dead/:service/:id')
  async one(@Param('service') service: string, @Param('id') id: string): Promise<DeadLetterDetail> {
    return this.#letters.one(service, id);
  }

  @Post('redrive')
  @HttpCode(200)
  async redrive(@Body() body: unknown): Promise<ActResult> {
    return this.#act('redrive', body);
  }

  @Post('drop')
  @HttpCode(200)
  async drop(@Body() body: unknown): Promise<ActResult> {
    return this.#act('drop', body);
  }

  async #act(act: Act, body: unknown): Promise<ActResult> {
    const given = read(
      actBody,
      body,
      'First { dryRun: true, service, ids or filter }, then { dryRun: false, token, by }.',
    );
    return given.dryRun ? this.#acts.dryRun(act, given) : this.#acts.act(act, given.token, given.by);
  }

  #servicesOf(service: string | undefined): readonly string[] {
    return service ? [service] : this.#admin.services;
  }
}
