import { randomUUID } from 'node:crypto';
import { resolvedAnswer } from '@event-bus/service-kit/admin';
import { Injectable } from '@nestjs/common';
import type { ActResult } from '../api.ts';
import { ConsoleProblem } from '../http/problem.ts';
import { ACT_TOKENS_MAX, ACT_TOKEN_MS } from '../limits.ts';
import { AdminSource } from '../sources/admin-source.ts';
import { CheckEdit } from './check-edit.ts';
import type { DryRun } from './failure-queries.ts';

export type Act = 'redrive' | 'drop';

interface Prepared {
  readonly act: Act;
  readonly dryRun: DryRun;
  /** Where the act before ended. */
  readonly after: string | undefined;
  readonly expiresAt: number;
  /** From its first use on. */
  done: Promise<ActResult> | undefined;
}

/**
 * Redrives and drops in two steps. The dry run answers with a token, and the act needs nothing but it: what is done is what was
 * shown. A token acts once, and answers the same when it is sent again, so that a double click does not act twice.
 */
@Injectable()
export class Acts {
  readonly #admin: AdminSource;
  readonly #edits: CheckEdit;
  readonly #prepared = new Map<string, Prepared>();

  constructor(admin: AdminSource, edits: CheckEdit) {
    this.#admin = admin;
    this.#edits = edits;
  }

  /** Writes nothing. @throws ConsoleProblem */
  async dryRun(act: Act, dryRun: DryRun): Promise<ActResult> {
    await this.#edits.check(act, dryRun);
    const { service } = dryRun;
    const result = await this.#send(act, dryRun, { by: 'console', dryRun: true });
    return { service, result, ...this.#prepare(act, dryRun, undefined) };
  }

  /** @throws ConsoleProblem when there was no such dry run, or it is too old, or of another act */
  async act(act: Act, token: string, by: string): Promise<ActResult> {
    const prepared = this.#prepared.get(token);
    if (prepared === undefined || prepared.act !== act || prepared.expiresAt < Date.now()) {
      throw new ConsoleProblem(
        409,
        `There is no dry run of this ${act}, or it is older than ${ACT_TOKEN_MS / 60_000} minutes.`,
        'Make a dry run, and act on what it shows.',
      );
    }
    prepared.done ??= this.#act(prepared, by);
    return prepared.done;
  }

  async #act({ act, dryRun, after }: Prepared, by: string): Promise<ActResult> {
    const { service } = dryRun;
    const result = await this.#send(act, dryRun, { by, dryRun: false, ...(after !== undefined && { after }) });
    const next = result.next === null ? { token: null, expiresAt: null } : this.#prepare(act, dryRun, result.next);
    return { service, result, ...next };
  }

  async #send(act: Act, { service, ids, filter, force, edit }: DryRun, more: object): Promise<ActResult['result']> {
    const redrive =
      act === 'redrive' ? { ...(force !== undefined && { force }), ...(edit !== undefined && { edit }) } : {};
    const body = { ...(ids !== undefined && { ids }), ...(filter !== undefined && { filter }), ...redrive, ...more };
    return this.#admin.post(service, `/admin/dead-letters/${act}`, body, resolvedAnswer);
  }

  #prepare(act: Act, dryRun: DryRun, after: string | undefined): { token: string; expiresAt: string } {
    const token = randomUUID();
    const expiresAt = Date.now() + ACT_TOKEN_MS;
    this.#prepared.set(token, { act, dryRun, after, expiresAt, done: undefined });
    for (const [known, { expiresAt: end }] of this.#prepared) {
      if (end < Date.now() || this.#prepared.size > ACT_TOKENS_MAX) this.#prepared.delete(known);
      else break;
    }
    return { token, expiresAt: new Date(expiresAt).toISOString() };
  }
}
