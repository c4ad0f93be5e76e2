import { randomUUID } from 'node:crypto';
import { until } from '@event-bus/test-kit/until';

export interface Member {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly locale: string;
}

export interface SignUp {
  readonly email: string;
  readonly name: string;
  readonly locale?: 'ko' | 'en';
  readonly phone?: string;
}

export interface Item {
  readonly sku: string;
  readonly name: string;
  readonly quantity: number;
  readonly unitPrice: { readonly amount: number; readonly currency: string };
}

export const TEA: Item = { sku: 'TEA-1', name: '녹차', quantity: 2, unitPrice: { amount: 12_000, currency: 'KRW' } };

/** An answer that was not what the customer wanted. */
export class Refused extends Error {
  readonly status: number;
  readonly body: unknown;

  constructor(request: string, status: number, body: unknown) {
    super(`${request} was answered ${status} ${JSON.stringify(body)}`);
    this.name = 'Refused';
    this.status = status;
    this.body = body;
  }
}

/** Does what a customer does, over HTTP. Each call is one request, unless its comment says otherwise. */
export class Customer {
  readonly #url: (service: string) => string;

  constructor(url: (service: string) => string) {
    this.#url = url;
  }

  /** Retries with the same key while there is no answer, or the answer is that the database is unavailable. */
  async signUp(signUp: SignUp): Promise<Member> {
    const key = randomUUID();
    const answer = await until(`the sign-up of ${signUp.email} to be answered`, async () => {
      try {
        return await this.tryToSignUp(signUp, key);
      } catch (error) {
        if (error instanceof Refused && error.status !== 503) return error;
        throw error;
      }
    });
    if (answer instanceof Refused) throw answer;
    return answer;
  }

  async tryToSignUp(signUp: SignUp, key: string = randomUUID()): Promise<Member> {
    const url = `${this.#url('member-service')}/members`;
    return (await post(url, signUp, { 'idempotency-key': `"${key}"` })) as Member;
  }

  /** Retries until order-service has consumed the sign-up of the member. */
  async placeOrder(memberId: string, items: readonly Item[] = [TEA]): Promise<{ readonly id: string }> {
    return until(`order-service to know member ${memberId}`, () => this.tryToPlaceOrder(memberId, items));
  }

  async tryToPlaceOrder(memberId: string, items: readonly Item[] = [TEA]): Promise<{ readonly id: string }> {
    return (await post(`${this.#url('order-service')}/orders`, { memberId, items })) as { id: string };
  }

  async completeOrder(orderId: string): Promise<void> {
    await post(`${this.#url('order-service')}/orders/${orderId}/complete`);
  }

  /** @returns the id of the command */
  async requestReceipt(orderId: string, to: string): Promise<string> {
    const answer = await post(`${this.#url('order-service')}/orders/${orderId}/receipt`, { to });
    return (answer as { eventId: string }).eventId;
  }
}

async function post(url: string, body?: unknown, headers: Record<string, string> = {}): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const answer: unknown = text === '' ? undefined : JSON.parse(text);
  if (!response.ok) throw new Refused(`POST ${url}`, response.status, answer);
  return answer;
}
