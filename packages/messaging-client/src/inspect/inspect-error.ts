/** What was given cannot be answered: what is wrong, and what to do. */
export class InspectError extends Error {
  override readonly name = 'InspectError';
  /** `unknown`: there is no such topic or group. `malformed`: the text that was given cannot be understood. */
  readonly kind: 'unknown' | 'malformed';
  readonly remedy: string;

  constructor(kind: InspectError['kind'], message: string, remedy: string) {
    super(message);
    this.kind = kind;
    this.remedy = remedy;
  }
}
