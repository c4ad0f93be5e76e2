import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateMail1795200000001 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE mail (
        id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        event_id       text NOT NULL,
        template       text NOT NULL,
        recipient      text NOT NULL,
        subject        text NOT NULL,
        message_id     text NOT NULL,
        status         text NOT NULL CHECK (status IN ('handing-over', 'waiting', 'accepted', 'rejected')),
        ambiguous      boolean NOT NULL,
        attempts       integer NOT NULL DEFAULT 1,
        error          text,
        consumer_group text NOT NULL,
        topic          text NOT NULL,
        "partition"    integer NOT NULL,
        "offset"       bigint NOT NULL,
        created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
        accepted_at    timestamptz,
        UNIQUE (event_id, template)
      )`);
    // "What did we send to this person" is the question that support asks.
    await queryRunner.query(`CREATE INDEX mail_recipient ON mail (lower(recipient), id)`);
    // What is not well is little, and looked for often.
    await queryRunner.query(`CREATE INDEX mail_unfinished ON mail (status, id) WHERE status <> 'accepted'`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE mail`);
  }
}
