import type { System } from './start-stack.ts';
import { until } from '@event-bus/test-kit/until';

/** A mail that an answer promised. */
export interface Promised {
  readonly to: string;
  readonly template: 'welcome' | 'order';
}

/** A customer every so often: brisk for two cores that run the whole system, and not yet a load test. */
const CUSTOMER_EVERY_MS = 100;

export interface TrafficOptions {
  readonly customerEveryMs?: number;
  /** Prefix of the customers' addresses, which keeps those of two streams apart. */
  readonly prefix?: string;
  /** How long a sign-up may take to order-service: as `until` unless given. */
  readonly memberKnownWithinMs?: number;
}

/**
 * A steady stream of customers who sign up, order, and complete. A customer whose request fails does not retry: what was
 * not accepted was not promised.
 */
export class Traffic {
  readonly promised: Promised[] = [];
  /** Why the requests of customers failed, one each. */
  readonly refused: string[] = [];
  readonly #system: System;
  readonly #everyMs: number;
  readonly #prefix: string;
  readonly #memberKnownWithinMs: number | undefined;
  readonly #inFlight = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #count = 0;

  constructor(
    system: System,
    { customerEveryMs = CUSTOMER_EVERY_MS, prefix = 'customer', memberKnownWithinMs }: TrafficOptions = {},
  ) {
    this.#system = system;
    this.#everyMs = customerEveryMs;
    this.#prefix = prefix;
    this.#memberKnownWithinMs = memberKnownWithinMs;
  }

  start(): void {
    this.#timer = setInterval(() => {
      const customer = this.#customer((this.#count += 1)).catch((error: unknown) => {
        this.refused.push(String(error));
      });
      this.#inFlight.add(customer);
      void customer.finally(() => this.#inFlight.delete(customer));
    }, this.#everyMs);
  }

  /** Until so many more promises have been made. */
  async goOn(more: number): Promise<void> {
    const goal = this.promised.length + more;
    await until(`${more} more accepted requests`, async () => this.promised.length >= goal);
  }

  /** No new customers; those who are there finish. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#inFlight);
  }

  async #customer(n: number): Promise<void> {
    const { customer } = this.#system;
    const to = `${this.#prefix}-${n}@example.com`;
    const member = await customer.tryToSignUp({ email: to, name: `손님 ${n}`, locale: n % 2 === 0 ? 'ko' : 'en' });
    this.promised.push({ to, template: 'welcome' });
    const order = await customer.placeOrder(member.id, undefined, this.#memberKnownWithinMs);
    await customer.completeOrder(order.id);
    this.promised.push({ to, template: 'order' });
  }
}
