import type { Locale } from '@event-bus/event-catalog';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * This service's own copy of a member, kept up to date by events. Orders are placed and completed while member-service is
 * unavailable.
 */
@Entity('customer')
export class Customer {
  @PrimaryColumn('uuid', { name: 'member_id' })
  memberId!: string;

  @Column('text')
  email!: string;

  @Column('text')
  name!: string;

  /** In E.164. */
  @Column('text', { nullable: true })
  phone!: string | null;

  @Column('text')
  locale!: Locale;

  /** The time of the event that this row is from; an older event must not overwrite it. */
  @Column('timestamptz', { name: 'as_of' })
  asOf!: Date;
}
