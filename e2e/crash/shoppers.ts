import { setTimeout as delay } from 'node:timers/promises';
import type { Customer } from '../harness/customer.ts';
import { until } from '@event-bus/test-kit/until';
import type { Rig } from './rig.ts';

/** Steady, and far from what two cores could do: the run is about moments, not about load. */
const CUSTOMER_EVERY_MS = 200;
const RECEIPT_EVERY_MS = 250;

/** Addresses that get one receipt after another. Each is a key, so its mails have an order. */
const READERS = 4;

/** What an answer said is going to happen, in the words of the outbox: type, and id of the member, the order or the command. */
export type Promised = `${'member.signed-up' | 'order.completed' | 'email.requested'} ${string}`;

/**
 * Customers of both instances who sign up, order and complete, and readers who get one receipt after another. Whoever is
 * refused goes away; what was not answered was not promised, and may have happened all the same.
 */
export class Shoppers {
  readonly promised: Promised[] = [];
  readonly #rig: Rig;
  readonly #prefix: string;
  readonly #leaving = new AbortController();
  readonly #atWork = new Set<Promise<void>>();
  #count = 0;

  constructor(rig: Rig, prefix: string) {
    this.#rig = rig;
    this.#prefix = prefix;
    this.#atWork.add(this.#every(CUSTOMER_EVERY_MS, async () => this.#comesIn()));
    for (let reader = 0; reader < READERS; reader += 1) this.#atWork.add(this.#reads(reader));
  }

  /** No new ones; those who are there finish. */
  async stop(): Promise<void> {
    this.#leaving.abort();
    while (this.#atWork.size > 0)
      await Promise.all([...this.#atWork].map(async (work) => work.finally(() => this.#atWork.delete(work))));
  }

  async #comesIn(): Promise<void> {
    const visit = this.#shop().catch(() => undefined);
    this.#atWork.add(visit);
    void visit.finally(() => this.#atWork.delete(visit));
  }

  async #shop(): Promise<void> {
    const n = (this.#count += 1);
    const customer = this.#customer(n);
    const email = `${this.#prefix}-${n}@example.com`;
    const member = await customer.signUp({ email, name: `손님 ${n}`, locale: n % 2 === 0 ? 'ko' : 'en' });
    this.promised.push(`member.signed-up ${member.id}`);
    const order = await customer.placeOrder(member.id);
    await customer.completeOrder(order.id);
    this.promised.push(`order.completed ${order.id}`);
  }

  /** One request after the other: the next is made when the last was answered or has failed, so their order is known. */
  async #reads(reader: number): Promise<void> {
    const to = `${this.#prefix}-reader-${reader}@example.com`;
    const orderId = await this.#firstOrder(to);
    if (orderId === undefined) return;
    let n = reader;
    await this.#every(RECEIPT_EVERY_MS, async () => {
      const eventId = await this.#customer((n += 1)).requestReceipt(orderId, to);
      this.promised.push(`email.requested ${eventId}`);
    });
  }

  /** Readers come although everything is being killed around them. */
  async #firstOrder(email: string): Promise<string | undefined> {
    let attempt = 0;
    return until(`${email} to have an order`, async () => {
      if (this.#leaving.signal.aborted) return undefined;
      const customer = this.#customer((attempt += 1));
      const member = await customer.signUp({ email: `${attempt}-${email}`, name: '독자' });
      this.promised.push(`member.signed-up ${member.id}`);
      return (await customer.placeOrder(member.id)).id;
    }).catch(() => undefined);
  }

  #customer(n: number): Customer {
    return this.#rig.customers[n % this.#rig.customers.length]!;
  }

  async #every(milliseconds: number, act: () => Promise<void>): Promise<void> {
    const { signal } = this.#leaving;
    while (!signal.aborted) {
      await act().catch(() => undefined);
      await delay(milliseconds, undefined, { signal }).catch(() => undefined);
    }
  }
}
