import { problemOfStatus } from '../../packages/service-kit/src/http/problem-of-status.ts';

/** An answer that is not the one that was wanted, as RFC 9457 has it; `known` are the names that could have been given. */
export class ControlProblem extends Error {
  override readonly name = 'ControlProblem';
  readonly status: number;
  readonly #known: readonly string[] | undefined;

  constructor(status: number, detail: string, known?: readonly string[]) {
    super(detail);
    this.status = status;
    this.#known = known;
  }

  toJSON(): object {
    return {
      ...problemOfStatus(this.status),
      status: this.status,
      detail: this.message,
      ...(this.#known && { known: this.#known }),
    };
  }
}

export function unknownName(what: string, name: string, known: readonly string[]): ControlProblem {
  return new ControlProblem(404, `There is no ${what} "${name}". There are: ${known.join(', ')}.`, known);
}
