import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { CONFIG } from '../config.ts';
import type { ConsoleConfig } from '../config.ts';
import { ConsoleProblem } from '../http/problem.ts';
import { otherVersion } from './admin-source.ts';
import { fetchJson } from './fetch-json.ts';
import type { Source } from './fetch-json.ts';

const SERVICE = 'mail-service';

const ledgerRow = z.object({
  id: z.string(),
  eventId: z.string(),
  template: z.string(),
  recipient: z.string(),
  subject: z.string(),
  status: z.enum(['handing-over', 'waiting', 'accepted', 'rejected']),
  ambiguous: z.boolean(),
  messageId: z.string(),
  attempts: z.number(),
  error: z.string().nullable(),
  /** Of the mail server; a mail-service of before does not have it. */
  answer: z.string().nullish(),
  createdAt: z.iso.datetime(),
  acceptedAt: z.iso.datetime().nullable(),
});

export type LedgerRow = z.output<typeof ledgerRow>;

export interface LedgerQuery {
  readonly eventId?: string;
  readonly eventIds?: readonly string[];
  readonly template?: string;
  readonly to?: string;
  readonly status?: LedgerRow['status'];
  readonly ambiguous?: boolean;
  /** `id` of the last row of the page before. */
  readonly before?: string;
  readonly limit?: number;
}

/** What became of each mail, as mail-service has it: newest first. */
@Injectable()
export class LedgerSource {
  readonly #address: string | undefined;

  constructor(@Inject(CONFIG) config: ConsoleConfig) {
    this.#address = config.SERVICES.get(SERVICE);
  }

  get source(): Source {
    return { name: SERVICE, address: this.#address ?? '', setting: 'SERVICES' };
  }

  /** @throws ConsoleProblem */
  async read(query: LedgerQuery): Promise<LedgerRow[]> {
    if (this.#address === undefined) {
      throw new ConsoleProblem(503, `The console does not know where ${SERVICE} is.`, `Add ${SERVICE} to SERVICES.`, {
        code: 'source-unknown',
        params: { source: SERVICE, setting: 'SERVICES' },
      });
    }
    const parameters = Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]);
    const answer = await fetchJson(this.source, `/mails?${new URLSearchParams(parameters).toString()}`);
    const rows = z.array(ledgerRow).safeParse(answer);
    if (rows.success) return rows.data;
    throw otherVersion(SERVICE, rows.error);
  }
}
