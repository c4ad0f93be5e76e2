import { Outbox } from '@event-bus/messaging-client';
import { inTransaction, requestEmail } from '@event-bus/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Customer } from '../customers/customer.entity.ts';
import { findOrder } from '../orders/find-order.ts';
import { writeReceipt } from './receipt.ts';

/** Injection token of the sender of receipts. */
export const RECEIPT_FROM = Symbol('RECEIPT_FROM');

@Injectable()
export class RequestReceiptService {
  readonly #dataSource: DataSource;
  readonly #outbox: Outbox;
  readonly #from: string;

  constructor(dataSource: DataSource, outbox: Outbox, @Inject(RECEIPT_FROM) from: string) {
    this.#dataSource = dataSource;
    this.#outbox = outbox;
    this.#from = from;
  }

  /**
   * Requests an e-mail with the receipt. Every call sends another: a customer may have lost the first.
   * @returns the id of the command
   * @throws NotFoundException
   */
  async request(orderId: string, to: string): Promise<{ id: string }> {
    return inTransaction(this.#dataSource, async (manager) => {
      const order = await findOrder(manager, orderId);
      const { locale } = await manager.findOneByOrFail(Customer, { memberId: order.memberId });
      return requestEmail(this.#outbox, manager, { from: this.#from, to, ...writeReceipt(order, locale) });
    });
  }
}
