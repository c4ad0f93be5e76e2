import { STATUS_CODES } from 'node:http';
import type { Problem } from '../api.ts';

/** An answer other than the wanted one: a sentence, and the next step. */
export class ConsoleProblem extends Error {
  override readonly name = 'ConsoleProblem';
  readonly status: number;
  readonly next: string | undefined;

  constructor(status: number, detail: string, next?: string) {
    super(detail);
    this.status = status;
    this.next = next;
  }
}

/** As RFC 9457 has it. */
export function problemOf(status: number, detail: string, next?: string): Problem {
  return {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail,
    ...(next !== undefined && { next }),
  };
}
