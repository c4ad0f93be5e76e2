import { UnprocessableEntityException } from '@nestjs/common';

/** This service does not know the member: the id does not exist, or the sign-up event has not arrived yet. */
export class MemberUnknown extends UnprocessableEntityException {
  constructor(memberId: string) {
    super({
      message: `Member ${memberId} is unknown. A new member becomes known within moments of signing up: please try again.`,
      problems: [{ field: 'memberId', problem: 'is unknown' }],
    });
  }
}
