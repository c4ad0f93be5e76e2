import { HttpProblem } from '@event-bus/service-kit';
import type { ProblemType } from '@event-bus/service-kit';
import { QueryFailedError } from 'typeorm';

export const emailAlreadyUsed: ProblemType = {
  type: '/problems/email-already-used',
  status: 409,
  title: 'A member with this email address exists already',
};

/** A member with this address exists already. */
export class EmailAddressTaken extends HttpProblem {
  constructor(email: string, cause: unknown) {
    super(emailAlreadyUsed, {
      detail: `${email} belongs to a member already.`,
      problems: [{ path: 'email', message: 'is taken' }],
      cause,
    });
  }
}

/** SQLSTATE unique_violation of this constraint of the migration. */
export function isMailboxTaken(error: unknown): boolean {
  if (!(error instanceof QueryFailedError)) return false;
  const { code, constraint } = error.driverError as { code?: string; constraint?: string };
  return code === '23505' && constraint === 'member_mailbox_is_taken_once';
}
