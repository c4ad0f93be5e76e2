import { Controller, Get, Param } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { findOrder } from './find-order.ts';
import type { OrderView } from './purchase-order.entity.ts';

@Controller('orders')
export class OrdersController {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  @Get(':id')
  async show(@Param('id', { schema: z.uuid() }) id: string): Promise<OrderView> {
    return findOrder(this.#dataSource.manager, id);
  }
}
