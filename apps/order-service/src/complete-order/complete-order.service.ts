import { orderCompleted } from '@event-bus/event-catalog';
import { Outbox } from '@event-bus/messaging-client';
import { inTransaction } from '@event-bus/service-kit';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Customer } from '../customers/customer.entity.ts';
import { findOrder } from '../orders/find-order.ts';
import { PurchaseOrder } from '../orders/purchase-order.entity.ts';
import type { OrderView } from '../orders/purchase-order.entity.ts';

@Injectable()
export class CompleteOrderService {
  readonly #dataSource: DataSource;
  readonly #outbox: Outbox;

  constructor(dataSource: DataSource, outbox: Outbox) {
    this.#dataSource = dataSource;
    this.#outbox = outbox;
  }

  /**
   * Completes an order and publishes that once, also when several callers complete it at the same time.
   * @throws NotFoundException
   */
  async complete(id: string): Promise<OrderView> {
    return inTransaction(this.#dataSource, async (manager) => {
      // One of several callers finds the order placed. The others wait for the row lock, and then find it completed.
      const completedAt = new Date();
      const change = { status: 'completed' as const, completedAt };
      const { affected } = await manager.update(PurchaseOrder, { id, status: 'placed' }, change);

      const order = await findOrder(manager, id);
      if (affected === 1) {
        const { email, name, phone, locale } = await manager.findOneByOrFail(Customer, { memberId: order.memberId });
        await this.#outbox.append(manager, orderCompleted, {
          orderId: id,
          memberId: order.memberId,
          customer: { email, name, ...(phone !== null && { phone }), locale },
          items: order.items,
          total: order.total,
          completedAt: completedAt.toISOString(),
        });
      }
      return order;
    });
  }
}
