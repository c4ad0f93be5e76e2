import { HttpProblem } from '@event-bus/service-kit';
import type { ProblemType } from '@event-bus/service-kit';

export const memberUnknown: ProblemType = {
  type: '/problems/member-unknown',
  status: 422,
  title: 'The member is unknown',
};

/** This service does not know the member: the id does not exist, or the sign-up event has not arrived yet. */
export class MemberUnknown extends HttpProblem {
  constructor(memberId: string) {
    super(memberUnknown, {
      detail: `Member ${memberId} is unknown. A new member becomes known within moments of signing up: please try again.`,
      problems: [{ path: 'memberId', message: 'is unknown' }],
    });
  }
}
