import { UnprocessableEntityException } from '@nestjs/common';

/** This service has not heard of the member: an id that never was, or a sign-up that is still on its way here. */
export class MemberUnknown extends UnprocessableEntityException {
  constructor(memberId: string) {
    super({
      message: `Member ${memberId} is not known here. Somebody who has just signed up is known in a moment: please try again.`,
      problems: [{ field: 'memberId', problem: 'is not known here' }],
    });
  }
}
