import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Notified at the commit of a transaction that appended. Channels are per database, so one name does for all services. */
export const OUTBOX_CHANNEL = 'outbox';

/** What is notified there when refused rows are to be tried again at once; else nothing is. */
export const OUTBOX_RETRY = 'retry';

/**
 * Keys are spread over so many shards; instances share the work by shards, and a key never leaves its own. Enough for
 * sixteen instances, few enough to be taken one by one.
 */
export const OUTBOX_SHARDS = 16;

/** Of a key, as the table's column `shard` has it. */
export const SHARD_OF_KEY = `abs(hashtext(key) % ${OUTBOX_SHARDS})`;

/**
 * The outbox lives in the service's own database. `id`, `aggregatetype`, `aggregateid`, `type`, `payload` and
 * `tracingspancontext` are the columns of Debezium's outbox event router, so that change data capture can replace
 * the relay without touching a publisher.
 */
export class CreateOutbox1760000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
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
    await runner.query(`CREATE INDEX outbox_waiting ON outbox (seq) WHERE published_at IS NULL`);
    await runner.query(`CREATE INDEX outbox_published ON outbox (published_at) WHERE published_at IS NOT NULL`);
    // Every row is updated once and deleted once: vacuum by count, not by a share of a table that is mostly empty.
    await runner.query(
      `ALTER TABLE outbox SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000)`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE outbox`);
  }
}
