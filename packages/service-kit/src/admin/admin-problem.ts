import { problemOfStatus } from '../http/problem-of-status.ts';

type Params = Readonly<Record<string, string>>;

/** An answer of the admin listener that is not the one that was wanted, as RFC 9457 has it. */
export class AdminProblem extends Error {
  override readonly name = 'AdminProblem';
  readonly status: number;
  /** Which sentence `detail` is, for programs that say it in another language. Described in docs/admin.md; it never changes. */
  readonly code: string;
  /** What stands in the gaps of that sentence. */
  readonly params: Params;

  constructor(status: number, code: string, detail: string, params: Params = {}) {
    super(detail);
    this.status = status;
    this.code = code;
    this.params = params;
  }

  /** The body of the response (RFC 9457). */
  toJSON(): { type: string; title: string; status: number; detail: string; code: string; params: Params } {
    const { status, message: detail, code, params } = this;
    return { ...problemOfStatus(status), status, detail, code, params };
  }
}
