import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ConsoleProblem } from '../http/problem.ts';
import { ACT_TOKENS_MAX, ACT_TOKEN_MS } from '../limits.ts';

interface Prepared {
  /** e.g. `redrive`. */
  readonly act: string;
  readonly run: (by: string) => Promise<unknown>;
  readonly expiresAt: number;
  /** From its first use on. */
  done: Promise<unknown> | undefined;
}

/**
 * Acts in two steps. The dry run answers with a token, and the act needs nothing but it: what is done is what was shown. A
 * token acts once, and answers the same when it is sent again, so that a double click does not act twice.
 */
@Injectable()
export class PreparedActs {
  readonly #prepared = new Map<string, Prepared>();

  prepare(act: string, run: (by: string) => Promise<unknown>): { token: string; expiresAt: string } {
    const token = randomUUID();
    const expiresAt = Date.now() + ACT_TOKEN_MS;
    this.#prepared.set(token, { act, run, expiresAt, done: undefined });
    for (const [known, { expiresAt: end }] of this.#prepared) {
      if (end < Date.now() || this.#prepared.size > ACT_TOKENS_MAX) this.#prepared.delete(known);
      else break;
    }
    return { token, expiresAt: new Date(expiresAt).toISOString() };
  }

  /**
   * Answers what `run` of the dry run answers.
   * @throws ConsoleProblem when there was no such dry run, or it is too old, or of another act
   */
  async act(act: string, token: string, by: string): Promise<unknown> {
    const prepared = this.#prepared.get(token);
    if (prepared === undefined || prepared.act !== act || prepared.expiresAt < Date.now()) {
      throw new ConsoleProblem(
        409,
        `There is no dry run of this ${act}, or it is older than ${ACT_TOKEN_MS / 60_000} minutes.`,
        'Make a dry run, and act on what it shows.',
        { code: 'no-dry-run', params: { act, minutes: String(ACT_TOKEN_MS / 60_000) } },
      );
    }
    prepared.done ??= prepared.run(by);
    return prepared.done;
  }
}
