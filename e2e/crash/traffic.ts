import { setTimeout as delay } from 'node:timers/promises';
import type { Customer } from '../harness/customer.ts';
import { until } from '@event-bus/test-kit/until';
import type { Rig } from './rig.ts';

/** Steady, and far from what two cores could do: the run is about moments, not about load. */
const CUSTOMER_EVERY_MS = 200;
const RECEIPT_EVERY_MS = 250;

/** Addresses that get one receipt after another. Each is a key, so its mails have an order. */
const READERS = 4;

let phones = 0;

/** Each is of one customer of the run. */
function nextPhone(): string {
  return `+82101${String((phones += 1)).padStart(7, '0')}`;
}

/** An event that an answer promised, as the outbox names it: type, and id of the member, the order or the command. */
export type Promised = `${'member.signed-up' | 'order.completed' | 'email.requested'} ${string}`;

/**
 * Customers of both instances who sign up, order and complete, and readers who get one receipt after another. A customer
 * whose request fails does not retry; what was not answered was not promised, and may have happened all the same.
 */
export class Traffic {
  readonly promised: Promised[] = [];
  readonly #rig: Rig;
  readonly #prefix: string;
  readonly #hasTexts: boolean;
  readonly #stopping = new AbortController();
  readonly #inFlight = new Set<Promise<void>>();
  #count = 0;

  /** `hasTexts`: each customer leaves a phone number. */
  constructor(rig: Rig, prefix: string, hasTexts: boolean) {
    this.#rig = rig;
    this.#prefix = prefix;
    this.#hasTexts = hasTexts;
    this.#inFlight.add(this.#every(CUSTOMER_EVERY_MS, async () => this.#startVisit()));
    for (let reader = 0; reader < READERS; reader += 1) this.#inFlight.add(this.#reads(reader));
  }

  /** Starts no new requests, and waits for those in flight. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    while (this.#inFlight.size > 0)
      await Promise.all([...this.#inFlight].map(async (work) => work.finally(() => this.#inFlight.delete(work))));
  }

  async #startVisit(): Promise<void> {
    const visit = this.#shop().catch(() => undefined);
    this.#inFlight.add(visit);
    void visit.finally(() => this.#inFlight.delete(visit));
  }

  async #shop(): Promise<void> {
    const n = (this.#count += 1);
    const customer = this.#customer(n);
    const email = `${this.#prefix}-${n}@example.com`;
    const locale = n % 2 === 0 ? 'ko' : 'en';
    const phone = this.#hasTexts ? { phone: nextPhone() } : {};
    const member = await customer.signUp({ email, name: `고객 ${n}`, locale, ...phone });
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
      if (this.#stopping.signal.aborted) return undefined;
      const customer = this.#customer((attempt += 1));
      const member = await customer.signUp({ email: `${attempt}-${email}`, name: '수신자' });
      this.promised.push(`member.signed-up ${member.id}`);
      return (await customer.placeOrder(member.id)).id;
    }).catch(() => undefined);
  }

  #customer(n: number): Customer {
    return this.#rig.customers[n % this.#rig.customers.length]!;
  }

  async #every(milliseconds: number, act: () => Promise<void>): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await act().catch(() => undefined);
      await delay(milliseconds, undefined, { signal }).catch(() => undefined);
    }
  }
}
