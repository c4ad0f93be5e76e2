import { problemOfStatus } from '../http/problem-of-status.ts';

/** An answer of the admin listener that is not the one that was wanted, as RFC 9457 has it. */
export class AdminProblem extends Error {
  override readonly name = 'AdminProblem';
  readonly status: number;

  constructor(status: number, detail: string) {
    super(detail);
    this.status = status;
  }

  /** The body of the response (RFC 9457). */
  toJSON(): { type: string; title: string; status: number; detail: string } {
    return { ...problemOfStatus(this.status), status: this.status, detail: this.message };
  }
}
