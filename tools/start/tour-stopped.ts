/** A step did not happen; the part is where to look first. */
export class TourStopped extends Error {
  readonly part: string;

  constructor(step: string, part: string, cause: unknown) {
    super(`${step}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'TourStopped';
    this.part = part;
  }
}
