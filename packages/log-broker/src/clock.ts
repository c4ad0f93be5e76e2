/** The broker's time, in milliseconds since 1970. Tests move it forward. */
export class Clock {
  private aheadMs = 0;

  readonly now = (): number => Date.now() + this.aheadMs;

  advance(milliseconds: number): void {
    this.aheadMs += milliseconds;
  }

  /** Back to the time of the machine. */
  reset(): void {
    this.aheadMs = 0;
  }
}
