import { memberSignedUp } from '@event-bus/event-catalog';
import type { MemberSignedUp } from '@event-bus/event-catalog';
import { OnEvent } from '@event-bus/messaging-client';
import type { TransactionContext } from '@event-bus/messaging-client';
import { Controller } from '@nestjs/common';

/**
 * The inbox already handles each event once. The statement is also safe to repeat, in any order, for the day when the
 * group is reset and reads old events again.
 */
const KEEP = `
  INSERT INTO customer (member_id, email, name, phone, locale, as_of)
  VALUES ($1, $2, $3, $4, $5, $6)
  ON CONFLICT (member_id) DO UPDATE
    SET email = excluded.email, name = excluded.name, phone = excluded.phone, locale = excluded.locale, as_of = excluded.as_of
    WHERE customer.as_of < excluded.as_of`;

@Controller()
export class KeepCustomerWhenMemberSignedUp {
  @OnEvent(memberSignedUp)
  async keep(member: MemberSignedUp, { manager }: TransactionContext): Promise<void> {
    const { memberId, email, name, phone = null, locale, signedUpAt } = member;
    await manager.query(KEEP, [memberId, email, name, phone, locale, signedUpAt]);
  }
}
