export interface BackoffBounds {
  readonly first: number;
  readonly max: number;
}

/** The nth wait is twice the one before, up to a bound, and varies so that instances do not knock in step. */
export function backoffMs(attempt: number, { first, max }: BackoffBounds): number {
  // Beyond 2^30 the shift would overflow; the bound is reached long before.
  const ceiling = Math.min(max, first * 2 ** Math.min(attempt - 1, 30));
  return Math.round(ceiling * (0.75 + Math.random() * 0.25));
}

/** Counts the attempts for whoever has no other count of them. */
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
