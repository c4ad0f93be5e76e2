import { STATUS_CODES } from 'node:http';

/** An answer of the admin listener that is not the one that was wanted, as RFC 9457 has it. */
export class AdminProblem extends Error {
  override readonly name = 'AdminProblem';
  readonly status: number;

  constructor(status: number, detail: string) {
    super(detail);
    this.status = status;
  }

  toJSON(): { type: string; title: string; status: number; detail: string } {
    return {
      type: 'about:blank',
      title: STATUS_CODES[this.status] ?? 'Error',
      status: this.status,
      detail: this.message,
    };
  }
}
