import { memberSignedUp } from '@event-bus/event-catalog';
import { Outbox } from '@event-bus/messaging-client';
import { inTransaction } from '@event-bus/service-kit';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { mailboxOf } from '../members/mailbox.ts';
import { Member, viewOfMember } from '../members/member.entity.ts';
import type { MemberView } from '../members/member.entity.ts';
import { EmailAddressTaken, isMailboxTaken } from './sign-up.errors.ts';
import type { SignUpRequest } from './sign-up.request.ts';

@Injectable()
export class SignUpService {
  readonly #dataSource: DataSource;
  readonly #outbox: Outbox;

  constructor(dataSource: DataSource, outbox: Outbox) {
    this.#dataSource = dataSource;
    this.#outbox = outbox;
  }

  /**
   * Creates a member. One transaction: the member and the event both exist, or neither.
   * @throws EmailAddressTaken
   */
  async signUp(request: SignUpRequest): Promise<MemberView> {
    try {
      return await inTransaction(this.#dataSource, async (manager) => {
        const draft = { ...request, phone: request.phone ?? null, mailbox: mailboxOf(request.email) };
        const { generatedMaps } = await manager.insert(Member, draft);
        const member = viewOfMember({ ...draft, ...(generatedMaps[0] as Pick<Member, 'id' | 'signedUpAt'>) });

        const { id: memberId, ...rest } = member;
        await this.#outbox.append(manager, memberSignedUp, { memberId, ...rest });
        return member;
      });
    } catch (error) {
      if (isMailboxTaken(error)) throw new EmailAddressTaken(request.email, error);
      throw error;
    }
  }
}
