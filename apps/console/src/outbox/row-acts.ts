import { resolvedRowsAnswer } from '@event-bus/service-kit/admin';
import { Injectable } from '@nestjs/common';
import { PreparedActs } from '../acts/prepared-acts.ts';
import type { RowActResult } from '../api.ts';
import { AdminSource } from '../sources/admin-source.ts';
import type { RowDryRun } from './outbox-queries.ts';

export type RowAct = 'retry' | 'drop';

/** Retries and drops rows that the broker rejects, as `npm run bus outbox retry` and `drop` do. */
@Injectable()
export class RowActs {
  readonly #admin: AdminSource;
  readonly #prepared: PreparedActs;

  constructor(admin: AdminSource, prepared: PreparedActs) {
    this.#admin = admin;
    this.#prepared = prepared;
  }

  /** Writes nothing. @throws ConsoleProblem */
  async dryRun(act: RowAct, dryRun: RowDryRun): Promise<RowActResult> {
    const result = await this.#send(act, dryRun, 'console', true);
    return { service: dryRun.service, result, ...this.#prepare(act, dryRun) };
  }

  /** @throws ConsoleProblem */
  async act(act: RowAct, token: string, by: string): Promise<RowActResult> {
    return (await this.#prepared.act(nameOf(act), token, by)) as RowActResult;
  }

  #prepare(act: RowAct, dryRun: RowDryRun): { token: string; expiresAt: string } {
    return this.#prepared.prepare(nameOf(act), async (by): Promise<RowActResult> => {
      const result = await this.#send(act, dryRun, by, false);
      // Rows that were retried are there until they are published: the same filter would find them again.
      const goesOn = act === 'drop' && result.more;
      return {
        service: dryRun.service,
        result,
        ...(goesOn ? this.#prepare(act, dryRun) : { token: null, expiresAt: null }),
      };
    });
  }

  async #send(
    act: RowAct,
    { service, ids, filter }: RowDryRun,
    by: string,
    dryRun: boolean,
  ): Promise<RowActResult['result']> {
    const body = { ...(ids !== undefined && { ids }), ...(filter !== undefined && { filter }), by, dryRun };
    return this.#admin.post(service, `/admin/outbox/${act}`, body, resolvedRowsAnswer);
  }
}

/** Unlike that of dead letters: the token of one must not do the other. */
function nameOf(act: RowAct): string {
  return `${act} of outbox rows`;
}
