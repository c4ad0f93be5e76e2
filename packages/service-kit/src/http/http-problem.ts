import { HttpException } from '@nestjs/common';

/** A kind of error that clients may tell apart. Described in docs/problems.md; its `type` never changes. */
export interface ProblemType {
  readonly type: `/problems/${string}`;
  readonly status: number;
  /** The same for every occurrence; what is specific to one is in `detail`. */
  readonly title: string;
}

/** What is wrong with one part of a request. */
export interface Problem {
  /** Where it is, as in `items.0.quantity`; `(body)`, `(query)` or `(path)` for the whole, the name of a header. */
  readonly path: string;
  readonly message: string;
}

export interface ProblemDetails {
  readonly detail: string;
  readonly problems?: readonly Problem[];
  readonly cause?: unknown;
  /** Further members of the answer. */
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** An answer of RFC 9457, "Problem Details for HTTP APIs". */
export class HttpProblem extends HttpException {
  readonly members: Readonly<Record<string, unknown>>;

  constructor({ type, status, title }: ProblemType, { detail, problems, cause, extensions }: ProblemDetails) {
    super(detail, status, { cause });
    this.members = { type, title, ...(problems !== undefined && { problems }), ...extensions };
  }
}
