import { Documented, notFound } from '@event-bus/service-kit';
import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import { z } from 'zod';
import { orderView } from '../orders/purchase-order.entity.ts';
import type { OrderView } from '../orders/purchase-order.entity.ts';
import { CompleteOrderService } from './complete-order.service.ts';

@Controller('orders')
export class CompleteOrderController {
  readonly #service: CompleteOrderService;

  constructor(service: CompleteOrderService) {
    this.#service = service;
  }

  /** 200 with the completed order, also when it was completed before; 404 when it does not exist. */
  @Post(':id/complete')
  @HttpCode(200)
  @Documented({ summary: 'Completes an order', answers: { 200: orderView }, problems: [notFound] })
  async complete(@Param('id', { schema: z.uuid() }) id: string): Promise<OrderView> {
    return this.#service.complete(id);
  }
}
