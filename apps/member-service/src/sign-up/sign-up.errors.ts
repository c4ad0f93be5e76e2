import { ConflictException } from '@nestjs/common';
import { QueryFailedError } from 'typeorm';

/** A member with this address exists already. */
export class EmailAddressTaken extends ConflictException {
  constructor(email: string, cause: unknown) {
    super(
      {
        message: `${email} is taken: a member with this address exists already.`,
        problems: [{ field: 'email', problem: 'is taken' }],
      },
      { cause },
    );
  }
}

/** SQLSTATE unique_violation of this constraint of the migration. */
export function isMailboxTaken(error: unknown): boolean {
  if (!(error instanceof QueryFailedError)) return false;
  const { code, constraint } = error.driverError as { code?: string; constraint?: string };
  return code === '23505' && constraint === 'member_mailbox_is_taken_once';
}
