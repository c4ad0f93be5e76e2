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

  async signUp(signUp: SignUp): Promise<Member> {
    return (await post(`${this.#url('member-service')}/members`, signUp)) as Member;
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

async function post(url: string, body?: unknown): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const answer: unknown = text === '' ? undefined : JSON.parse(text);
  if (!response.ok) throw new Refused(`POST ${url}`, response.status, answer);
  return answer;
}
