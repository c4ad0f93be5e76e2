import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The kinds of text. Event id and template identify one text. */
export const templates = ['welcome', 'order'] as const;
export type Template = (typeof templates)[number];

/** What became of a text. One that the gateway has not answered yet is in the consumer's tables, not here. */
export const textStatuses = ['accepted', 'rejected'] as const;
export type TextStatus = (typeof textStatuses)[number];

@Entity('text_message')
export class Text {
  /** int64 as text; grows with time. */
  @PrimaryColumn('bigint')
  id!: string;

  @Column('text', { name: 'event_id' })
  eventId!: string;

  @Column('text')
  template!: Template;

  @Column('text')
  recipient!: string;

  @Column('integer')
  segments!: number;

  @Column('text')
  status!: TextStatus;

  /** Of the gateway; null for a text that it rejected. */
  @Column('text', { name: 'gateway_id', nullable: true })
  gatewayId!: string | null;

  @Column('text', { nullable: true })
  error!: string | null;

  @Column('text')
  topic!: string;

  @Column('integer')
  partition!: number;

  /** int64 as text. */
  @Column('bigint')
  offset!: string;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;
}
