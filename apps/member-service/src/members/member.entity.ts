import { localeSchema } from '@event-bus/event-catalog';
import type { Locale } from '@event-bus/event-catalog';
import { Column, CreateDateColumn, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { z } from 'zod';

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

  /** In E.164. */
  @Column('text', { nullable: true })
  phone!: string | null;

  @Column('text')
  locale!: Locale;

  @CreateDateColumn({ name: 'signed_up_at', type: 'timestamptz' })
  signedUpAt!: Date;
}

/** A member as the API returns it. */
export const memberView = z.object({
  id: z.uuid(),
  email: z.string(),
  name: z.string(),
  phone: z.string().optional().meta({ description: 'In E.164; only of a member who gave one.' }),
  locale: localeSchema,
  signedUpAt: z.iso.datetime(),
});

export type MemberView = z.output<typeof memberView>;

export function viewOfMember({ id, email, name, phone, locale, signedUpAt }: Omit<Member, 'mailbox'>): MemberView {
  return { id, email, name, ...(phone !== null && { phone }), locale, signedUpAt: signedUpAt.toISOString() };
}
