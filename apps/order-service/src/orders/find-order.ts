import { NotFoundException } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { OrderItemLine, PurchaseOrder, viewOfOrder } from './purchase-order.entity.ts';
import type { OrderView } from './purchase-order.entity.ts';

/** @throws NotFoundException */
export async function findOrder(manager: EntityManager, id: string): Promise<OrderView> {
  const order = await manager.findOneBy(PurchaseOrder, { id });
  if (order === null) throw new NotFoundException(`Order ${id} was not found.`);
  const lines = await manager.find(OrderItemLine, { where: { orderId: id }, order: { position: 'ASC' } });
  return viewOfOrder(order, lines);
}
