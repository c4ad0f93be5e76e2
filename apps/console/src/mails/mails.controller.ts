import { Controller, Get, Param, Query } from '@nestjs/common';
import { z } from 'zod';
import type { MailDetail, MailList } from '../api.ts';
import { ConsoleProblem } from '../http/problem.ts';
import { read } from '../http/read.ts';
import { MAILS_LISTED_MAX } from '../limits.ts';
import { LedgerSource } from '../sources/ledger-source.ts';
import type { LedgerRow } from '../sources/ledger-source.ts';
import { MailBody } from './mail-body.ts';
import { summaryOf } from './mail-summary.ts';

const mailsQuery = z.strictObject({
  status: z.enum(['claimed', 'accepted', 'rejected', 'ambiguous', 'waiting']).optional(),
  to: z.string().trim().max(320).optional(),
  after: z
    .string()
    .regex(/^\d{1,18}$/, 'must be the `next` of the page before')
    .optional(),
});

@Controller('api/mails')
export class MailsController {
  readonly #ledger: LedgerSource;
  readonly #body: MailBody;

  constructor(ledger: LedgerSource, body: MailBody) {
    this.#ledger = ledger;
    this.#body = body;
  }

  /** Newest first, a page at a time. */
  @Get()
  async list(@Query() query: unknown): Promise<MailList> {
    const { status, to, after } = read(mailsQuery, query, 'status is one of the filter; to is a whole mail address.');
    const rows = await this.#ledger.read({
      limit: MAILS_LISTED_MAX,
      ...(to && { to }),
      ...(after !== undefined && { before: after }),
      ...(status === 'ambiguous' && { ambiguous: true }),
      // A mail that may have gone out twice is shown as ambiguous, whatever its state.
      ...(status !== undefined && status !== 'ambiguous' && { status: ledgerStatus(status), ambiguous: false }),
    });
    return {
      rows: rows.map(summaryOf),
      next: rows.length < MAILS_LISTED_MAX ? null : rows.at(-1)!.id,
      problems: [],
    };
  }

  @Get(':id')
  async one(@Param('id') id: string): Promise<MailDetail> {
    const [, template, eventId] = /^(welcome|order|requested):(.{1,300})$/.exec(id) ?? [];
    const row = template && eventId ? (await this.#ledger.read({ template, eventId, limit: 1 }))[0] : undefined;
    if (row === undefined) {
      throw new ConsoleProblem(
        404,
        `The ledger has no mail ${id}.`,
        'Look for it by its address in the list of mails.',
        { code: 'mail-unknown', params: { id } },
      );
    }
    return { ...summaryOf(row), body: await this.#body.find(row.messageId) };
  }
}

function ledgerStatus(status: 'claimed' | 'accepted' | 'rejected' | 'waiting'): LedgerRow['status'] {
  return status === 'claimed' ? 'handing-over' : status;
}
