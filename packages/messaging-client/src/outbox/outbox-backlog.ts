import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Rejected } from '../kafka/records-rejected.ts';
import { formatDuration } from '../format-duration.ts';
import { BACKLOG_ROWS_COUNTED_MAX } from '../limits.ts';
import { queryOf } from '../database/query.ts';
import { warningOf } from '../observe/open-transaction.ts';
import type { OpenTransaction } from '../observe/open-transaction.ts';
import { FIND_OPEN_TRANSACTIONS } from './open-transactions.ts';
import { OUTBOX_SHARDS } from './outbox-table.ts';

/** What a service has committed and the broker does not have yet. */
export interface Backlog {
  /** Rows that wait to be published; BACKLOG_ROWS_COUNTED_MAX when there are as many or more. */
  readonly rows: number;
  /** For how long the oldest of them has waited; 0 when there is none. */
  readonly oldestMs: number;
  /** Rows that the broker rejects; those that wait behind one of their key are not counted. */
  readonly rejectedRows: number;
  /** What an operator should look at: transactions that hold rows back, rows that the broker rejects. */
  readonly warnings: readonly string[];
}

interface RejectedSummary {
  readonly topic: string;
  readonly refusal: Rejected;
  readonly rows: number;
  readonly error: string;
  readonly ageMs: number;
}

/** By topic; a row that waits behind a rejected one of its key is not counted. */
const REJECTED = `
  SELECT aggregatetype AS topic, refusal, count(*)::int AS rows, min(error) AS error,
         extract(epoch FROM clock_timestamp() - min(created_at))::float8 * 1000 AS "ageMs"
    FROM outbox_refusal JOIN outbox USING (seq)
   WHERE published_at IS NULL GROUP BY aggregatetype, refusal ORDER BY aggregatetype, refusal`;

/** One statement: a probe waits for one answer, and uses one connection. */
const BACKLOG = `
  SELECT (SELECT count(*)::integer
            FROM (SELECT FROM outbox WHERE published_at IS NULL LIMIT ${BACKLOG_ROWS_COUNTED_MAX}) AS waiting) AS rows,
         (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(created_at)) * 1000, 0)::float8
            FROM generate_series(0, ${OUTBOX_SHARDS - 1}) AS each_shard,
                 LATERAL (SELECT created_at FROM outbox
                           WHERE published_at IS NULL AND shard = each_shard ORDER BY seq LIMIT 1) AS oldest) AS "oldestMs",
         (SELECT coalesce(json_agg(open), '[]') FROM (${FIND_OPEN_TRANSACTIONS}) AS open) AS open,
         (SELECT coalesce(json_agg(rejected), '[]') FROM (${REJECTED}) AS rejected) AS rejected`;

interface BacklogRow extends Omit<Backlog, 'warnings'> {
  readonly open: readonly OpenTransaction[];
  readonly rejected: readonly RejectedSummary[];
}

function warningOfRejected({ topic, refusal, rows, error, ageMs }: RejectedSummary): string {
  const what =
    refusal === 'topic'
      ? `the broker rejects all events for topic ${topic}`
      : `the broker rejects ${rows} events for topic ${topic}, and their keys wait`;
  return `${what}, the oldest for ${formatDuration(ageMs)}: ${error}`;
}

/** How far the broker is behind the database, for monitoring. `npm run bus -- outbox` shows more. */
@Injectable()
export class OutboxBacklog {
  readonly #dataSource: DataSource;
  #reading: Promise<Backlog> | undefined;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  /** Readiness and metrics look at the same time: one query serves all who call while it runs. */
  read(): Promise<Backlog> {
    this.#reading ??= this.#read().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  async #read(): Promise<Backlog> {
    const [row] = await queryOf(this.#dataSource)<BacklogRow>(BACKLOG);
    const { rows, oldestMs, open, rejected } = row!;
    const rejectedRows = rejected.reduce((sum, ofTopic) => sum + ofTopic.rows, 0);
    return { rows, oldestMs, rejectedRows, warnings: [...open.map(warningOf), ...rejected.map(warningOfRejected)] };
  }
}
