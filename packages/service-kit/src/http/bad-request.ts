import { BadRequestException } from '@nestjs/common';

export interface Problem {
  /** Path of the field, as in `items.0.quantity`; `(body)` for the whole. */
  readonly field: string;
  readonly problem: string;
}

/** A 400 in the shape that every service uses; also for rules that no schema can express. */
export function badRequest(problems: readonly Problem[]): BadRequestException {
  const fields = problems.map(({ field }) => field).join(', ');
  return new BadRequestException({ message: `Please check: ${fields}`, problems });
}
