import type { MigrationInterface, QueryRunner } from 'typeorm';
import { queryOf } from '../database/query.ts';
import { refuseOlderTables } from '../database/refuse-older-tables.ts';

/** Notified when a transaction that appended commits. Channels belong to a database, so all services can use the same name. */
export const OUTBOX_CHANNEL = 'outbox';

/** The payload of a notification that asks for rejected rows to be retried at once. Other notifications have none. */
export const OUTBOX_RETRY = 'retry';

/**
 * Keys are spread over this many shards, and instances share the work by shards. A key never changes its shard. Enough for
 * sixteen instances, few enough to lease one by one.
 */
export const OUTBOX_SHARDS = 16;

/** The shard of a key, as in the column `shard`. */
export const SHARD_OF_KEY = `abs(hashtext(key) % ${OUTBOX_SHARDS})`;

/** The id of the trace in which a row was appended, of its column `tracingspancontext`. */
export const TRACE_ID_OF_ROW = `substring(tracingspancontext FROM 'traceparent=[0-9a-f]{2}-([0-9a-f]{32})-')`;

/**
 * The outbox lives in the service's own database. `id`, `aggregatetype`, `aggregateid`, `type`, `payload` and
 * `tracingspancontext` are the columns of Debezium's outbox event router, so that change data capture can replace
 * the relay without a change in any publisher.
 *
 * `outbox_refusal` lists the rows that the broker rejects; `outbox_audit` what operators did about them.
 */
export class CreateOutboxTables1760000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await refuseOlderTables(queryOf(runner), 'outbox');
    await runner.query(`
      CREATE TABLE outbox (
        seq           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        id            uuid NOT NULL DEFAULT uuidv7() UNIQUE,
        aggregatetype text NOT NULL,
        aggregateid   text NOT NULL,
        shard         smallint NOT NULL GENERATED ALWAYS AS (abs(hashtext(aggregateid) % ${OUTBOX_SHARDS})) STORED,
        type          text NOT NULL,
        version       integer NOT NULL,
        source        text NOT NULL,
        payload       json NOT NULL,
        tracingspancontext text,
        created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
        payload_bytes integer NOT NULL DEFAULT 0,
        published_at  timestamptz,
        "partition"   integer,
        "offset"      bigint
      )`);
    // Each shard is read on from its last published row, up to its own floor.
    await runner.query(`CREATE INDEX outbox_waiting ON outbox (shard, seq) WHERE published_at IS NULL`);
    await runner.query(`CREATE INDEX outbox_published ON outbox (published_at) WHERE published_at IS NOT NULL`);
    // Every row is updated once and deleted once: vacuum by count, not by a share of a table that is mostly empty.
    await runner.query(
      `ALTER TABLE outbox SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000)`,
    );
    await runner.query(`
      CREATE TABLE outbox_refusal (
        -- Of the row in outbox. No foreign key: each deletion there would search this table.
        seq        bigint PRIMARY KEY,
        -- What the broker rejects: every record for the row's topic, or this record.
        refusal    text NOT NULL CHECK (refusal IN ('topic', 'record')),
        error      text NOT NULL,
        times      integer NOT NULL DEFAULT 1,
        refused_at timestamptz NOT NULL DEFAULT clock_timestamp()
      )`);
    await runner.query(`
      CREATE TABLE outbox_audit (
        id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        seq      bigint NOT NULL,
        event_id uuid NOT NULL,
        action   text NOT NULL CHECK (action IN ('retry', 'drop')),
        by_whom  text NOT NULL,
        at       timestamptz NOT NULL DEFAULT clock_timestamp(),
        error    text NOT NULL,
        -- The whole row, when it was dropped: the only copy of its event.
        dropped  json
      )`);
    await runner.query(`CREATE INDEX outbox_audit_at ON outbox_audit (at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE outbox_audit, outbox_refusal, outbox`);
  }
}
