/** What was given cannot be answered: what is wrong, and what to do. */
export class InspectError extends Error {
  override readonly name = 'InspectError';
  /** `unknown`: there is no such topic or group. `malformed`: the text that was given cannot be understood. */
  readonly kind: 'unknown' | 'malformed';
  readonly remedy: string;
  /** What there is not, when that is known. */
  readonly missing: { readonly kind: 'topic' | 'group'; readonly name: string } | undefined;

  constructor(kind: InspectError['kind'], message: string, remedy: string, missing?: InspectError['missing']) {
    super(message);
    this.kind = kind;
    this.remedy = remedy;
    this.missing = missing;
  }
}
