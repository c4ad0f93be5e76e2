import type { DeadLetterRow, LetterFilter } from '../../../src/api.ts';

/** What one act is about. */
export interface Selection {
  readonly service: string;
  readonly ids?: readonly string[];
  readonly filter?: LetterFilter;
  readonly edit?: string;
}

export function keyOf({ service, id }: Pick<DeadLetterRow, 'service' | 'id'>): string {
  return `${service} ${id}`;
}
