import { problemOfStatus } from '@event-bus/service-kit/problem';
import type { Problem, Said } from '../api.ts';

/** An answer other than the wanted one: a sentence, and the next step. */
export class ConsoleProblem extends Error {
  override readonly name = 'ConsoleProblem';
  readonly status: number;
  readonly next: string | undefined;
  readonly said: Said;

  /** `said` is required: a sentence without a code would be English on every page. */
  constructor(status: number, detail: string, next: string | undefined, said: Said) {
    super(detail);
    this.status = status;
    this.next = next;
    this.said = said;
  }
}

/** As RFC 9457 has it. */
export function problemOf(status: number, detail: string, next: string | undefined, said: Said): Problem {
  return {
    ...problemOfStatus(status),
    status,
    detail,
    ...(next !== undefined && { next }),
    said,
  };
}
