import type { Locale } from '@event-bus/event-catalog';
import { Column, CreateDateColumn, Entity, PrimaryGeneratedColumn } from 'typeorm';

@Entity('member')
export class Member {
  /** UUID version 7, made by the database: ids sort by time, so the index grows at its end. */
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  /** The address that mails go to. */
  @Column('text')
  email!: string;

  /** The address as it is compared; unique. See `mailboxOf`. */
  @Column('text', { select: false })
  mailbox!: string;

  @Column('text')
  name!: string;

  @Column('text')
  locale!: Locale;

  @CreateDateColumn({ name: 'signed_up_at', type: 'timestamptz' })
  signedUpAt!: Date;
}

/** A member as the API returns it. */
export interface MemberView {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly locale: Locale;
  readonly signedUpAt: string;
}

export function viewOfMember({ id, email, name, locale, signedUpAt }: Omit<Member, 'mailbox'>): MemberView {
  return { id, email, name, locale, signedUpAt: signedUpAt.toISOString() };
}
