import { LATE_MS_MAX } from './limits.ts';

/** What can be wrong with the gateway; one of them at a time, for so many requests, or until it is cleared. */
export type Fault = (
  | { readonly kind: 'refuse'; readonly status: number; readonly retryAfterSeconds?: number }
  /** The text is taken at once and answered late. */
  | { readonly kind: 'late'; readonly milliseconds: number }
  /** The text is taken, and the connection closed without an answer. */
  | { readonly kind: 'drop' }
) & { readonly times?: number };

const STATUS = { min: 400, max: 599 };
const TIMES_MAX = 1_000_000;

/** The fault of this moment, and how many requests it has changed. */
export class Faults {
  #fault: Fault | undefined;
  #affected = 0;

  get state(): { readonly fault: Fault | null; readonly affected: number } {
    return { fault: this.#fault ?? null, affected: this.#affected };
  }

  set(fault: Fault | undefined): void {
    this.#fault = fault;
    this.#affected = 0;
  }

  /** For one request. */
  take(): Fault | undefined {
    const fault = this.#fault;
    if (fault === undefined || this.#affected >= (fault.times ?? Infinity)) return undefined;
    this.#affected += 1;
    return fault;
  }
}

/**
 * By hand: the gateway needs nothing but Node.
 * @throws with a sentence about the field that is wrong
 */
export function parseFault(body: unknown): Fault {
  const fields = (body ?? {}) as Readonly<Record<string, unknown>>;
  const { kind, status, retryAfterSeconds, milliseconds, times } = fields;
  const repeated = times === undefined ? {} : { times: integer('times', times, 1, TIMES_MAX) };
  switch (kind) {
    case 'refuse': {
      const answer = { kind, status: integer('status', status, STATUS.min, STATUS.max), ...repeated } as const;
      if (retryAfterSeconds === undefined) return answer;
      const seconds = integer('retryAfterSeconds', retryAfterSeconds, 0, LATE_MS_MAX / 1_000);
      return { ...answer, retryAfterSeconds: seconds };
    }
    case 'late':
      return { kind, milliseconds: integer('milliseconds', milliseconds, 1, LATE_MS_MAX), ...repeated };
    case 'drop':
      return { kind, ...repeated };
    default:
      throw new Error('kind must be refuse, late or drop.');
  }
}

function integer(name: string, value: unknown, min: number, max: number): number {
  if (Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max) return value as number;
  throw new Error(`${name} must be a whole number from ${min} to ${max}.`);
}
