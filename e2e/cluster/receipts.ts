import type { System } from '../harness/start-stack.ts';

/** Slow enough to go on through the whole test without filling the inbox. */
const RECEIPT_EVERY_MS = 500;

/**
 * Commands to one address, one after another: they have one key, so their mails have to come in the order in which they
 * were given.
 */
export class Receipts {
  readonly eventIds: string[] = [];
  readonly to: string;
  readonly #system: System;
  #going = false;
  #done: Promise<void> = Promise.resolve();

  constructor(system: System, to: string) {
    this.#system = system;
    this.to = to;
  }

  async start(): Promise<void> {
    const { customer } = this.#system;
    const member = await customer.signUp({ email: `orders-for-${this.to}`, name: '주문자' });
    const order = await customer.placeOrder(member.id);
    this.#going = true;
    this.#done = this.#goOn(order.id);
  }

  async stop(): Promise<void> {
    this.#going = false;
    await this.#done;
  }

  async #goOn(orderId: string): Promise<void> {
    while (this.#going) {
      this.eventIds.push(await this.#system.customer.requestReceipt(orderId, this.to));
      // A steady stream, not a load.
      await new Promise((resolve) => setTimeout(resolve, RECEIPT_EVERY_MS));
    }
  }

  /** Those that arrived, in the order of their first arrival: second copies are counted elsewhere. */
  async arrived(): Promise<string[]> {
    const mails = await this.#system.inbox.mailsTo(this.to);
    return [...new Set(mails.map(({ messageId }) => messageId.replace(/^<|\.requested@.*$/g, '')))];
  }
}
