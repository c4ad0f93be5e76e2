import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The mails this service writes; with the causing event's id it names one mail for good. */
export const templates = ['welcome', 'order', 'requested'] as const;
export type Template = (typeof templates)[number];

/**
 * handing-over → accepted | waiting | rejected, and from waiting back to handing-over.
 * `handing-over` that stays is a process that died at it; its next attempt finds the mail ambiguous.
 */
export const mailStatuses = ['handing-over', 'waiting', 'accepted', 'rejected'] as const;
export type MailStatus = (typeof mailStatuses)[number];

/** One mail: what it was, what became of it, and the record it comes from. Read through this, written by Ledger. */
@Entity('mail')
export class MailEntity {
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

  /** The mail server may have had it more than once. Never taken back: it is where duplicates are to be looked for. */
  @Column('boolean')
  ambiguous!: boolean;

  @Column('text', { name: 'message_id' })
  messageId!: string;

  /** How often it was handed over to the mail server, or tried to be. */
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

  /** Of the last attempt, when that failed. */
  @Column('text', { nullable: true })
  error!: string | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'accepted_at', nullable: true })
  acceptedAt!: Date | null;
}
