import { Documented, notFound } from '@event-bus/service-kit';
import { Controller, Get, Param } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { findOrder } from './find-order.ts';
import { orderView } from './purchase-order.entity.ts';
import type { OrderView } from './purchase-order.entity.ts';

@Controller('orders')
export class OrdersController {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  @Get(':id')
  @Documented({ summary: 'An order', answers: { 200: orderView }, problems: [notFound] })
  async show(@Param('id', { schema: z.uuid() }) id: string): Promise<OrderView> {
    return findOrder(this.#dataSource.manager, id);
  }
}
