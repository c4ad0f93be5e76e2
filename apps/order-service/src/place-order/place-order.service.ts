import { inTransaction } from '@event-bus/service-kit';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Customer } from '../customers/customer.entity.ts';
import { findOrder } from '../orders/find-order.ts';
import { OrderItemLine, PurchaseOrder } from '../orders/purchase-order.entity.ts';
import type { OrderView } from '../orders/purchase-order.entity.ts';
import { MemberUnknown } from './place-order.errors.ts';
import type { PlaceOrderRequest } from './place-order.request.ts';

@Injectable()
export class PlaceOrderService {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  /**
   * Places an order for a customer of this service's own copy; member-service is not called, it may be unavailable.
   * @throws MemberUnknown
   */
  async place({ memberId, items, total }: PlaceOrderRequest): Promise<OrderView> {
    return inTransaction(this.#dataSource, async (manager) => {
      if (!(await manager.existsBy(Customer, { memberId }))) throw new MemberUnknown(memberId);

      const { identifiers } = await manager.insert(PurchaseOrder, {
        memberId,
        currency: total.currency,
        totalAmount: total.amount,
      });
      const { id } = identifiers[0] as { id: string };
      const lines = items.map(({ sku, name, quantity, unitPrice }, position) => {
        return { orderId: id, position, sku, name, quantity, unitAmount: unitPrice.amount };
      });
      await manager.insert(OrderItemLine, lines);
      return findOrder(manager, id);
    });
  }
}
