import { smsFailed, smsSent } from '@event-bus/event-catalog';
import { Outbox } from '@event-bus/messaging-client';
import type { RecordContext } from '@event-bus/messaging-client';
import { inTransaction } from '@event-bus/service-kit';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { Text } from './text.entity.ts';
import type { Template, TextStatus } from './text.entity.ts';

export interface LedgerEntry {
  readonly template: Template;
  readonly to: string;
  readonly segments: number;
  readonly record: RecordContext;
}

interface TextQuery {
  readonly eventId?: string | undefined;
  readonly to?: string | undefined;
  readonly status?: TextStatus | undefined;
  readonly limit: number;
}

/** A text that was rejected may be redriven, and is accepted then. */
const WRITE = `
  INSERT INTO text_message AS text (event_id, template, recipient, segments, status, gateway_id, error, topic, "partition", "offset")
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
  ON CONFLICT (event_id, template) DO UPDATE
     SET status = excluded.status, gateway_id = excluded.gateway_id, error = excluded.error
   WHERE text.status = 'rejected' AND excluded.status = 'accepted'
  RETURNING id`;

/** What became of each text, and its event. */
@Injectable()
export class Ledger {
  readonly #dataSource: DataSource;
  readonly #outbox: Outbox;

  constructor(dataSource: DataSource, outbox: Outbox) {
    this.#dataSource = dataSource;
    this.#outbox = outbox;
  }

  /** Safe to repeat: a text that is in the ledger is not announced again. */
  async accepted(entry: LedgerEntry, gatewayId: string): Promise<void> {
    await inTransaction(this.#dataSource, async (manager) => {
      if (!(await write(manager, entry, 'accepted', gatewayId, null))) return;
      const { template, to, segments, record } = entry;
      const sentAt = new Date().toISOString();
      await this.#outbox.append(manager, smsSent, {
        causedBy: record.event.id,
        template,
        to,
        segments,
        gatewayId,
        sentAt,
      });
    });
  }

  /** In the transaction that writes the dead letter. */
  async rejected(manager: EntityManager, entry: LedgerEntry, reason: string): Promise<void> {
    if (!(await write(manager, entry, 'rejected', null, reason))) return;
    const { template, to, record } = entry;
    const failedAt = new Date().toISOString();
    await this.#outbox.append(manager, smsFailed, { causedBy: record.event.id, template, to, reason, failedAt });
  }

  /** Newest first. */
  async list({ eventId, to, status, limit }: TextQuery): Promise<Text[]> {
    return this.#dataSource.getRepository(Text).find({
      where: {
        ...(eventId !== undefined && { eventId }),
        ...(to !== undefined && { recipient: to }),
        ...(status !== undefined && { status }),
      },
      order: { id: 'DESC' },
      take: limit,
    });
  }
}

/** @returns false when the ledger has it already */
async function write(
  manager: EntityManager,
  { template, to, segments, record }: LedgerEntry,
  status: TextStatus,
  gatewayId: string | null,
  error: string | null,
): Promise<boolean> {
  const { event, topic, partition, offset } = record;
  const values = [event.id, template, to, segments, status, gatewayId, error, topic, partition, offset];
  const rows = await manager.query<unknown[]>(WRITE, values);
  return rows.length > 0;
}
