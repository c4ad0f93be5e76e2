import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { BACKLOG_ROWS_COUNTED_MAX } from '../limits.ts';
import { queryOf } from '../query.ts';

export interface Backlog {
  /** Rows that wait to be published; BACKLOG_ROWS_COUNTED_MAX when there are as many or more. */
  readonly rows: number;
  /** For how long the oldest of them has waited; 0 when there is none. */
  readonly oldestMs: number;
}

const BACKLOG = `
  SELECT count(*)::integer AS rows,
         coalesce(extract(epoch FROM clock_timestamp() - min(created_at)) * 1000, 0)::float8 AS "oldestMs"
    FROM (SELECT created_at FROM outbox WHERE published_at IS NULL ORDER BY seq LIMIT ${BACKLOG_ROWS_COUNTED_MAX}) AS waiting`;

/** How far the broker is behind the database, for whoever watches it. `npm run bus -- outbox` says more. */
@Injectable()
export class OutboxBacklog {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  async read(): Promise<Backlog> {
    const [backlog] = await queryOf(this.#dataSource)<Backlog>(BACKLOG);
    return backlog!;
  }
}
