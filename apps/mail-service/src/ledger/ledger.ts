import type { RecordContext } from '@event-bus/messaging-client';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { MailEntity } from './mail.entity.ts';
import type { MailStatus, Template } from './mail.entity.ts';

/** What a mail is known by. */
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
  readonly to?: string | undefined;
  readonly template?: Template | undefined;
  readonly status?: MailStatus | undefined;
  readonly limit: number;
}

/** Every change is one statement, because each mail pays for two of them. */
@Injectable()
export class Ledger {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  /**
   * Notes, before the mail server is asked, that it is about to be.
   * @returns false when the ledger knows the mail as accepted: a replay that outlived the inbox must not send it again
   */
  async handingOver(manager: EntityManager, entry: LedgerEntry, ambiguous: boolean): Promise<boolean> {
    const { eventId, template, recipient, subject, messageId, record } = entry;
    const rows: unknown[] = await manager.query(
      `INSERT INTO mail AS mail (event_id, template, recipient, subject, message_id, status, ambiguous,
                                 consumer_group, topic, "partition", "offset")
       VALUES ($1, $2, $3, $4, $5, 'handing-over', $6, $7, $8, $9, $10)
       ON CONFLICT (event_id, template) DO UPDATE
          SET status = 'handing-over', ambiguous = mail.ambiguous OR excluded.ambiguous, attempts = mail.attempts + 1
        WHERE mail.status <> 'accepted'
       RETURNING id`,
      [
        eventId,
        template,
        recipient,
        subject,
        messageId,
        ambiguous,
        record.group,
        record.topic,
        record.partition,
        record.offset,
      ],
    );
    return rows.length > 0;
  }

  async accepted(manager: EntityManager, { eventId, template }: MailKey): Promise<void> {
    await manager.query(
      `UPDATE mail SET status = 'accepted', accepted_at = clock_timestamp(), error = NULL
        WHERE event_id = $1 AND template = $2`,
      [eventId, template],
    );
  }

  async rejected(manager: EntityManager, { eventId, template }: MailKey, reason: string): Promise<void> {
    await manager.query(`UPDATE mail SET status = 'rejected', error = $3 WHERE event_id = $1 AND template = $2`, [
      eventId,
      template,
      reason,
    ]);
  }

  /** The mail server certainly does not have it; it waits for the next attempt. */
  async waiting({ eventId, template }: MailKey, reason: string): Promise<void> {
    await this.#dataSource.query(
      `UPDATE mail SET status = 'waiting', error = $3
        WHERE event_id = $1 AND template = $2 AND status = 'handing-over'`,
      [eventId, template, reason],
    );
  }

  /** The mail server may have it. The mail stays `handing-over`, which is as much as anybody knows. */
  async inDoubt({ eventId, template }: MailKey, reason: string): Promise<void> {
    await this.#dataSource.query(
      `UPDATE mail SET ambiguous = true, error = $3
        WHERE event_id = $1 AND template = $2 AND status = 'handing-over'`,
      [eventId, template, reason],
    );
  }

  /** Newest first. */
  async list({ eventId, to, template, status, limit }: MailQuery): Promise<MailEntity[]> {
    const query = this.#dataSource.getRepository(MailEntity).createQueryBuilder('mail');
    if (eventId !== undefined) query.andWhere('mail.eventId = :eventId', { eventId });
    if (to !== undefined) query.andWhere('lower(mail.recipient) = lower(:to)', { to });
    if (template !== undefined) query.andWhere('mail.template = :template', { template });
    if (status !== undefined) query.andWhere('mail.status = :status', { status });
    return query.orderBy('mail.id', 'DESC').limit(limit).getMany();
  }
}
