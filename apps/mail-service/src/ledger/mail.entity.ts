import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The kinds of mail. Event id and template identify one mail. */
export const templates = ['welcome', 'order', 'requested'] as const;
export type Template = (typeof templates)[number];

/**
 * handing-over → accepted | waiting | rejected, and from waiting back to handing-over.
 * A mail that stays `handing-over` belongs to a process that died; its next attempt makes the mail ambiguous.
 */
export const mailStatuses = ['handing-over', 'waiting', 'accepted', 'rejected'] as const;
export type MailStatus = (typeof mailStatuses)[number];

/** A mail, its status, and the record it comes from. For reading; `Ledger` writes it. */
@Entity('mail')
export class Mail {
  /** int64 as text; grows with time. */
  @PrimaryColumn('bigint')
  id!: string;

  @Column('text', { name: 'event_id' })
  eventId!: string;

  @Column('text')
  template!: Template;

  @Column('text')
  recipient!: string;

  @Column('text')
  subject!: string;

  @Column('text')
  status!: MailStatus;

  /** The mail server may have received it more than once. Never reset: duplicates are found by it. */
  @Column('boolean')
  ambiguous!: boolean;

  @Column('text', { name: 'message_id' })
  messageId!: string;

  /** Attempts to hand it to the mail server. */
  @Column('integer')
  attempts!: number;

  @Column('text', { name: 'consumer_group' })
  group!: string;

  @Column('text')
  topic!: string;

  @Column('integer')
  partition!: number;

  /** int64 as text. */
  @Column('bigint')
  offset!: string;

  /** Of the last attempt, if it failed. */
  @Column('text', { nullable: true })
  error!: string | null;

  /** Of the mail server when it accepted the mail, at most 1,000 characters; null also for mails of before this was kept. */
  @Column('text', { nullable: true })
  answer!: string | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'accepted_at', nullable: true })
  acceptedAt!: Date | null;
}
