import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The number orders migrations, those of messaging-client first; TypeORM requires 13 digits of it in the name. */
export class CreateTextMessages1760000004001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE text_message (
        id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        event_id    text NOT NULL,
        template    text NOT NULL,
        recipient   text NOT NULL,
        segments    integer NOT NULL,
        status      text NOT NULL CHECK (status IN ('accepted', 'rejected')),
        gateway_id  text,
        error       text,
        topic       text NOT NULL,
        "partition" integer NOT NULL,
        "offset"    bigint NOT NULL,
        created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
        UNIQUE (event_id, template)
      )`);
    await runner.query(`CREATE INDEX text_message_recipient ON text_message (recipient, id)`);
    // For deleting old texts. Rows are inserted in the order of their age, so a small BRIN index is enough.
    await runner.query(
      `CREATE INDEX text_message_age ON text_message USING brin (created_at) WITH (autosummarize = on)`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE text_message`);
  }
}
