import { TransactionBatcher } from '@event-bus/messaging-client';
import type { RecordContext } from '@event-bus/messaging-client';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { Mail } from './mail.entity.ts';
import type { MailStatus, Template } from './mail.entity.ts';

/** Identifies a mail. */
export interface MailKey {
  readonly eventId: string;
  readonly template: Template;
}

export interface LedgerEntry extends MailKey {
  readonly recipient: string;
  readonly subject: string;
  readonly messageId: string;
  readonly record: Pick<RecordContext, 'group' | 'topic' | 'partition' | 'offset'>;
}

interface MailQuery {
  readonly eventId?: string | undefined;
  readonly eventIds?: readonly string[] | undefined;
  readonly to?: string | undefined;
  readonly template?: Template | undefined;
  readonly status?: MailStatus | undefined;
  readonly ambiguous?: boolean | undefined;
  /** Only mails older than this one. */
  readonly before?: string | undefined;
  readonly limit: number;
}

interface Accepted extends MailKey {
  /** Of the mail server, printable and of bounded length. */
  readonly answer: string;
}

interface HandingOver extends LedgerEntry {
  readonly ambiguous: boolean;
}

/** Mails of one statement; no more than these are claimed in one transaction. */
const MAILS_AT_ONCE_MAX = 256;

/**
 * What became of each mail. A mail changes the ledger twice, and all mails that are claimed or confirmed in one transaction
 * share one statement.
 */
@Injectable()
export class Ledger {
  readonly #dataSource: DataSource;
  readonly #handingOver = new TransactionBatcher<EntityManager, HandingOver, boolean>(
    MAILS_AT_ONCE_MAX,
    recordHandingOver,
  );
  readonly #accepted = new TransactionBatcher<EntityManager, Accepted, void>(MAILS_AT_ONCE_MAX, recordAccepted);

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  /**
   * Records that the mail is about to be handed to the mail server.
   * @returns false when the mail is accepted already: a replay after the inbox row was deleted must not send it again
   */
  async handingOver(manager: EntityManager, entry: LedgerEntry, ambiguous: boolean): Promise<boolean> {
    return this.#handingOver.add(manager, { ...entry, ambiguous });
  }

  async accepted(manager: EntityManager, { eventId, template }: MailKey, answer: string): Promise<void> {
    await this.#accepted.add(manager, { eventId, template, answer });
  }

  async rejected(manager: EntityManager, { eventId, template }: MailKey, reason: string): Promise<void> {
    await manager.query(`UPDATE mail SET status = 'rejected', error = $3 WHERE event_id = $1 AND template = $2`, [
      eventId,
      template,
      reason,
    ]);
  }

  /** The mail server does not have the mail; it waits for the next attempt. */
  async waiting({ eventId, template }: MailKey, reason: string): Promise<void> {
    await this.#dataSource.query(
      `UPDATE mail SET status = 'waiting', error = $3
        WHERE event_id = $1 AND template = $2 AND status = 'handing-over'`,
      [eventId, template, reason],
    );
  }

  /** The mail server may have the mail, so it stays `handing-over`. */
  async inDoubt({ eventId, template }: MailKey, reason: string): Promise<void> {
    await this.#dataSource.query(
      `UPDATE mail SET ambiguous = true, error = $3
        WHERE event_id = $1 AND template = $2 AND status = 'handing-over'`,
      [eventId, template, reason],
    );
  }

  /** Newest first. */
  async list({ eventId, eventIds, to, template, status, ambiguous, before, limit }: MailQuery): Promise<Mail[]> {
    const query = this.#dataSource.getRepository(Mail).createQueryBuilder('mail');
    if (eventId !== undefined) query.andWhere('mail.eventId = :eventId', { eventId });
    if (eventIds !== undefined) query.andWhere('mail.eventId = ANY(:eventIds)', { eventIds });
    if (to !== undefined) query.andWhere('lower(mail.recipient) = lower(:to)', { to });
    if (template !== undefined) query.andWhere('mail.template = :template', { template });
    if (status !== undefined) query.andWhere('mail.status = :status', { status });
    // Not as a parameter: a plan for any value could not use the index of the ambiguous ones.
    if (ambiguous !== undefined) query.andWhere(ambiguous ? 'mail.ambiguous' : 'NOT mail.ambiguous');
    if (before !== undefined) query.andWhere('mail.id < :before', { before });
    return query.orderBy('mail.id', 'DESC').limit(limit).getMany();
  }
}

const HANDING_OVER = `
  INSERT INTO mail AS mail (event_id, template, recipient, subject, message_id, ambiguous, consumer_group, topic, "partition",
                            "offset", status)
  SELECT *, 'handing-over'
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::text[], $8::text[],
                $9::integer[], $10::bigint[])
  ON CONFLICT (event_id, template) DO UPDATE
     SET status = 'handing-over', ambiguous = mail.ambiguous OR excluded.ambiguous, attempts = mail.attempts + 1
   WHERE mail.status <> 'accepted'
  RETURNING event_id, template`;

async function recordHandingOver(manager: EntityManager, mails: readonly HandingOver[]): Promise<boolean[]> {
  const rows: Array<{ event_id: string; template: string }> = await manager.query(HANDING_OVER, [
    mails.map(({ eventId }) => eventId),
    mails.map(({ template }) => template),
    mails.map(({ recipient }) => recipient),
    mails.map(({ subject }) => subject),
    mails.map(({ messageId }) => messageId),
    mails.map(({ ambiguous }) => ambiguous),
    mails.map(({ record }) => record.group),
    mails.map(({ record }) => record.topic),
    mails.map(({ record }) => record.partition),
    mails.map(({ record }) => record.offset),
  ]);
  const recorded = new Set(rows.map((row) => `${row.template} ${row.event_id}`));
  return mails.map(({ eventId, template }) => recorded.has(`${template} ${eventId}`));
}

const ACCEPTED = `
  UPDATE mail SET status = 'accepted', accepted_at = clock_timestamp(), error = NULL, answer = one.answer
    FROM unnest($1::text[], $2::text[], $3::text[]) AS one (event_id, template, answer)
   WHERE mail.event_id = one.event_id AND mail.template = one.template`;

async function recordAccepted(manager: EntityManager, mails: readonly Accepted[]): Promise<void[]> {
  await manager.query(ACCEPTED, [
    mails.map(({ eventId }) => eventId),
    mails.map(({ template }) => template),
    mails.map(({ answer }) => answer),
  ]);
  return mails.map(() => undefined);
}
