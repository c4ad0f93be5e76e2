import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The number orders migrations, those of messaging-client first; TypeORM requires 13 digits of it in the name. */
export class CreateMembers1760000001001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE member (
        id           uuid PRIMARY KEY DEFAULT uuidv7(),
        email        text NOT NULL,
        mailbox      text NOT NULL,
        name         text NOT NULL,
        locale       text NOT NULL,
        -- Milliseconds, as in events and answers.
        signed_up_at timestamptz(3) NOT NULL DEFAULT now(),
        -- Decides between two sign-ups at the same moment, which a query before the insert cannot.
        CONSTRAINT member_mailbox_is_taken_once UNIQUE (mailbox)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE member`);
  }
}
