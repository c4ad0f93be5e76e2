import type { Locale } from '@event-bus/event-catalog';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * What this service knows of a member: its own copy, kept by listening. Orders are taken and completed while
 * member-service is away.
 */
@Entity('customer')
export class Customer {
  @PrimaryColumn('uuid', { name: 'member_id' })
  memberId!: string;

  @Column('text')
  email!: string;

  @Column('text')
  name!: string;

  @Column('text')
  locale!: Locale;

  /** When the fact was true that this row says; an older one must not overwrite it. */
  @Column('timestamptz', { name: 'as_of' })
  asOf!: Date;
}
