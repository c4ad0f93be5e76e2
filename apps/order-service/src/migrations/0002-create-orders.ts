import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateOrders1760000002002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Times in milliseconds, as in events and answers.
    await runner.query(`
      CREATE TABLE purchase_order (
        id           uuid PRIMARY KEY DEFAULT uuidv7(),
        member_id    uuid NOT NULL REFERENCES customer,
        status       text NOT NULL DEFAULT 'placed' CHECK (status IN ('placed', 'completed')),
        currency     text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
        total_amount bigint NOT NULL CHECK (total_amount >= 0),
        placed_at    timestamptz(3) NOT NULL DEFAULT now(),
        completed_at timestamptz(3),
        CHECK ((status = 'completed') = (completed_at IS NOT NULL))
      )`);
    await runner.query(`CREATE INDEX purchase_order_of_member ON purchase_order (member_id)`);
    await runner.query(`
      CREATE TABLE order_item (
        order_id    uuid NOT NULL REFERENCES purchase_order ON DELETE CASCADE,
        position    integer NOT NULL,
        sku         text NOT NULL,
        name        text NOT NULL,
        quantity    integer NOT NULL CHECK (quantity > 0),
        unit_amount bigint NOT NULL CHECK (unit_amount >= 0),
        PRIMARY KEY (order_id, position)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE order_item`);
    await runner.query(`DROP TABLE purchase_order`);
  }
}
