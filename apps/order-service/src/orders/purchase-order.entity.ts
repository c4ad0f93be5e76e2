import { moneySchema, orderItemSchema } from '@event-bus/event-catalog';
import { Column, CreateDateColumn, Entity, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';
import { z } from 'zod';

/** The driver returns PostgreSQL's bigint as text. Every stored amount is below 2^53 (see money.ts). */
const safeInteger = { to: (value: number) => value, from: Number };

/** Not `order`, which is a keyword of SQL. */
@Entity('purchase_order')
export class PurchaseOrder {
  /** UUID version 7, made by the database. */
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'member_id' })
  memberId!: string;

  @Column('text')
  status!: 'placed' | 'completed';

  /** Of the total and of every item. */
  @Column('text')
  currency!: string;

  @Column('bigint', { name: 'total_amount', transformer: safeInteger })
  totalAmount!: number;

  @CreateDateColumn({ name: 'placed_at', type: 'timestamptz' })
  placedAt!: Date;

  @Column('timestamptz', { name: 'completed_at', nullable: true })
  completedAt!: Date | null;
}

@Entity('order_item')
export class OrderItemLine {
  @PrimaryColumn('uuid', { name: 'order_id' })
  orderId!: string;

  /** Items stay in the order of the request. */
  @PrimaryColumn('int')
  position!: number;

  @Column('text')
  sku!: string;

  @Column('text')
  name!: string;

  @Column('int')
  quantity!: number;

  @Column('bigint', { name: 'unit_amount', transformer: safeInteger })
  unitAmount!: number;
}

/** An order as the API returns it. */
export const orderView = z.object({
  id: z.uuid(),
  memberId: z.uuid(),
  items: z.array(orderItemSchema),
  total: moneySchema,
  status: z.enum(['placed', 'completed']),
  placedAt: z.iso.datetime(),
  completedAt: z.iso.datetime().nullable(),
});

export type OrderView = z.output<typeof orderView>;

export function viewOfOrder(order: PurchaseOrder, lines: readonly OrderItemLine[]): OrderView {
  const { id, memberId, status, currency, totalAmount, placedAt, completedAt } = order;
  return {
    id,
    memberId,
    items: lines.map(({ sku, name, quantity, unitAmount }) => ({
      sku,
      name,
      quantity,
      unitPrice: { amount: unitAmount, currency },
    })),
    total: { amount: totalAmount, currency },
    status,
    placedAt: placedAt.toISOString(),
    completedAt: completedAt?.toISOString() ?? null,
  };
}
