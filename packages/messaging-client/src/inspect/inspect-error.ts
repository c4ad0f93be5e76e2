/** What was given cannot be answered: what is wrong, and what to do. */
export class InspectError extends Error {
  override readonly name = 'InspectError';
  /** `unknown`: there is no such topic or group. `malformed`: the text that was given cannot be understood. */
  readonly kind: 'unknown' | 'malformed';
  readonly remedy: string;
  /** The topic or group that there is not, or the condition of a filter that cannot be understood, when that is known. */
  readonly about: { readonly kind: 'topic' | 'group' | 'condition'; readonly name: string } | undefined;

  constructor(kind: InspectError['kind'], message: string, remedy: string, about?: InspectError['about']) {
    super(message);
    this.kind = kind;
    this.remedy = remedy;
    this.about = about;
  }
}
