import { Outbox } from '@event-bus/messaging-client';
import { inTransaction } from '@event-bus/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ORDER_SERVICE_CONFIG } from '../config.ts';
import type { OrderServiceConfig } from '../config.ts';
import { Customer } from '../customers/customer.entity.ts';
import { findOrder } from '../orders/find-order.ts';
import { writeReceipt } from './receipt.ts';

@Injectable()
export class RequestReceiptService {
  readonly #dataSource: DataSource;
  readonly #outbox: Outbox;
  readonly #from: string;

  constructor(
    dataSource: DataSource,
    outbox: Outbox,
    @Inject(ORDER_SERVICE_CONFIG) { RECEIPT_FROM }: Pick<OrderServiceConfig, 'RECEIPT_FROM'>,
  ) {
    this.#dataSource = dataSource;
    this.#outbox = outbox;
    this.#from = RECEIPT_FROM;
  }

  /**
   * Asks for an e-mail with the receipt. Every call asks anew: somebody who lost it wants it again.
   * @returns id of the command's event
   * @throws NotFoundException
   */
  async request(orderId: string, to: string): Promise<{ id: string }> {
    return inTransaction(this.#dataSource, async (manager) => {
      const order = await findOrder(manager, orderId);
      const { locale } = await manager.findOneByOrFail(Customer, { memberId: order.memberId });
      return this.#outbox.requestEmail(manager, { from: this.#from, to, ...writeReceipt(order, locale) });
    });
  }
}
