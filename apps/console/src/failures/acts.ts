import { resolvedAnswer } from '@event-bus/service-kit/admin';
import { Injectable } from '@nestjs/common';
import { PreparedActs } from '../acts/prepared-acts.ts';
import type { ActResult } from '../api.ts';
import { AdminSource } from '../sources/admin-source.ts';
import { CheckEdit } from './check-edit.ts';
import type { DryRun } from './failure-queries.ts';

export type Act = 'redrive' | 'drop';

/** Redrives and drops dead letters, 500 at a time. */
@Injectable()
export class Acts {
  readonly #admin: AdminSource;
  readonly #edits: CheckEdit;
  readonly #prepared: PreparedActs;

  constructor(admin: AdminSource, edits: CheckEdit, prepared: PreparedActs) {
    this.#admin = admin;
    this.#edits = edits;
    this.#prepared = prepared;
  }

  /** Writes nothing. @throws ConsoleProblem */
  async dryRun(act: Act, dryRun: DryRun): Promise<ActResult> {
    await this.#edits.check(act, dryRun);
    const { service } = dryRun;
    const result = await this.#send(act, dryRun, { by: 'console', dryRun: true });
    return { service, result, ...this.#prepare(act, dryRun, undefined) };
  }

  /** @throws ConsoleProblem */
  async act(act: Act, token: string, by: string): Promise<ActResult> {
    return (await this.#prepared.act(act, token, by)) as ActResult;
  }

  /** `after`: where the act before ended. */
  #prepare(act: Act, dryRun: DryRun, after: string | undefined): { token: string; expiresAt: string } {
    return this.#prepared.prepare(act, async (by): Promise<ActResult> => {
      const { service } = dryRun;
      const result = await this.#send(act, dryRun, { by, dryRun: false, ...(after !== undefined && { after }) });
      const next = result.next === null ? { token: null, expiresAt: null } : this.#prepare(act, dryRun, result.next);
      return { service, result, ...next };
    });
  }

  async #send(act: Act, { service, ids, filter, force, edit }: DryRun, more: object): Promise<ActResult['result']> {
    const redrive =
      act === 'redrive' ? { ...(force !== undefined && { force }), ...(edit !== undefined && { edit }) } : {};
    const body = { ...(ids !== undefined && { ids }), ...(filter !== undefined && { filter }), ...redrive, ...more };
    return this.#admin.post(service, `/admin/dead-letters/${act}`, body, resolvedAnswer);
  }
}
