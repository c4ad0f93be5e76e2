import { emailRequested, orderCompleted } from '@event-bus/event-catalog';
import { serviceModule } from '@event-bus/service-kit';
import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { CompleteOrderController } from './complete-order/complete-order.controller.ts';
import { CompleteOrderService } from './complete-order/complete-order.service.ts';
import type { Config } from './config.ts';
import { Customer } from './customers/customer.entity.ts';
import { KeepCustomerWhenMemberSignedUp } from './customers/keep-customer-when-member-signed-up.ts';
import { CreateCustomers1760000002001 } from './migrations/0001-create-customers.ts';
import { CreateOrders1760000002002 } from './migrations/0002-create-orders.ts';
import { AddPhoneToCustomers1760000002003 } from './migrations/0003-add-phone-to-customers.ts';
import { OrderItemLine, PurchaseOrder } from './orders/purchase-order.entity.ts';
import { OrdersController } from './orders/orders.controller.ts';
import { PlaceOrderController } from './place-order/place-order.controller.ts';
import { PlaceOrderService } from './place-order/place-order.service.ts';
import { RequestReceiptController } from './request-receipt/request-receipt.controller.ts';
import { RECEIPT_FROM, RequestReceiptService } from './request-receipt/request-receipt.service.ts';

/** The service on one screen: its tables, its events, its use cases. */
@Module({})
export class OrderServiceModule {
  static readonly service = 'order-service';

  static forRoot(config: Config): DynamicModule {
    return serviceModule(OrderServiceModule, config, {
      publishes: [orderCompleted, emailRequested],
      entities: [Customer, PurchaseOrder, OrderItemLine],
      migrations: [CreateCustomers1760000002001, CreateOrders1760000002002, AddPhoneToCustomers1760000002003],
      controllers: [
        KeepCustomerWhenMemberSignedUp,
        PlaceOrderController,
        CompleteOrderController,
        RequestReceiptController,
        OrdersController,
      ],
      providers: [
        { provide: RECEIPT_FROM, useValue: config.RECEIPT_FROM },
        PlaceOrderService,
        CompleteOrderService,
        RequestReceiptService,
      ],
    });
  }
}
