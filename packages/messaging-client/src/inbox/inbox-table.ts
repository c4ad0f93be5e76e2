import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What the handlers of this service have already done. The event's id is kept as text, because other publishers may
 * use other ids than ours.
 *
 * state: `done`; `claimed` an outside effect may be on its way; `released` it certainly did not happen; `dead` given up.
 */
export class CreateInbox1760000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE inbox_message (
        handler    text NOT NULL,
        event_id   text NOT NULL,
        state      text NOT NULL CHECK (state IN ('done', 'claimed', 'released', 'dead')),
        claimed_by integer,
        attempts   integer NOT NULL DEFAULT 1,
        topic      text NOT NULL,
        "partition" integer NOT NULL,
        "offset"   bigint NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        done_at    timestamptz,
        PRIMARY KEY (handler, event_id)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE inbox_message`);
  }
}
