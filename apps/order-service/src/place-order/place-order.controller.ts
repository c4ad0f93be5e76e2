import { Documented } from '@event-bus/service-kit';
import { Body, Controller, Post } from '@nestjs/common';
import { orderView } from '../orders/purchase-order.entity.ts';
import type { OrderView } from '../orders/purchase-order.entity.ts';
import { memberUnknown } from './place-order.errors.ts';
import { placeOrderRequest } from './place-order.request.ts';
import type { PlaceOrderRequest } from './place-order.request.ts';
import { PlaceOrderService } from './place-order.service.ts';

@Controller('orders')
export class PlaceOrderController {
  readonly #service: PlaceOrderService;

  constructor(service: PlaceOrderService) {
    this.#service = service;
  }

  /** 201 with the order; 400 naming each bad field; 422 when this service does not know the member. */
  @Post()
  @Documented({ summary: 'Places an order', answers: { 201: orderView }, problems: [memberUnknown] })
  async place(@Body({ schema: placeOrderRequest }) request: PlaceOrderRequest): Promise<OrderView> {
    return this.#service.place(request);
  }
}
