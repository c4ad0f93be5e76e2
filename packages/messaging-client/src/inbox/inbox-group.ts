import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The consumer group in the inbox's key, so that what one service has handled says nothing of another in the same database.
 *
 * Rows that are there belong to the service that migrates. Its name stays the column's default: an instance of the version
 * before, which still runs meanwhile, names no group.
 */
export function putGroupInInboxKey(service: string): new () => MigrationInterface {
  return class PutGroupInInboxKey1760000000040 implements MigrationInterface {
    async up(runner: QueryRunner): Promise<void> {
      await runner.query(`
        ALTER TABLE inbox_message
          ADD COLUMN consumer_group text NOT NULL DEFAULT '${service.replaceAll("'", "''")}',
          DROP CONSTRAINT inbox_message_pkey,
          ADD PRIMARY KEY (consumer_group, handler, event_id)`);
    }

    async down(runner: QueryRunner): Promise<void> {
      // What only other groups have handled is not known without them.
      await runner.query(`
        DELETE FROM inbox_message
         WHERE consumer_group <> '${service.replaceAll("'", "''")}'`);
      await runner.query(`
        ALTER TABLE inbox_message
          DROP CONSTRAINT inbox_message_pkey,
          DROP COLUMN consumer_group,
          ADD PRIMARY KEY (handler, event_id)`);
    }
  };
}
