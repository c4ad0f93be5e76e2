export interface BackoffBounds {
  readonly first: number;
  readonly max: number;
  /** Each wait is so many times the one before; 2 unless given. */
  readonly factor?: number;
}

/** The nth wait is a multiple of the one before, up to a bound, and varies so that instances do not ask at the same moment. */
export function backoffMs(attempt: number, { first, max, factor = 2 }: BackoffBounds): number {
  // Beyond this the power would overflow; the bound is reached long before.
  const ceiling = Math.min(max, first * factor ** Math.min(attempt - 1, 30));
  return Math.round(ceiling * (0.75 + Math.random() * 0.25));
}

/** Counts the attempts of a caller that does not count them itself. */
export class Backoff {
  readonly #bounds: BackoffBounds;
  #attempts = 0;

  constructor(bounds: BackoffBounds) {
    this.#bounds = bounds;
  }

  nextMs(): number {
    this.#attempts += 1;
    return backoffMs(this.#attempts, this.#bounds);
  }

  reset(): void {
    this.#attempts = 0;
  }
}
