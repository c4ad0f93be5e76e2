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
    return answered(`the sign-up of ${signUp.email} to be answered`, async (key) => this.tryToSignUp(signUp, key));
  }

  async tryToSignUp(signUp: SignUp, key: string = randomUUID()): Promise<Member> {
    const url = `${this.#url('member-service')}/members`;
    return (await post(url, signUp, keyHeader(key))) as Member;
  }

  /** Retries until order-service has consumed the sign-up of the member. `withinMs`: as `until` unless given. */
  async placeOrder(
    memberId: string,
    items: readonly Item[] = [TEA],
    withinMs?: number,
  ): Promise<{ readonly id: string }> {
    return until(`order-service to know member ${memberId}`, () => this.tryToPlaceOrder(memberId, items), withinMs);
  }

  async tryToPlaceOrder(memberId: string, items: readonly Item[] = [TEA]): Promise<{ readonly id: string }> {
    return (await post(`${this.#url('order-service')}/orders`, { memberId, items })) as { id: string };
  }

  async completeOrder(orderId: string): Promise<void> {
    await post(`${this.#url('order-service')}/orders/${orderId}/complete`);
  }

  /** Retries as `signUp` does. @returns the id of the command */
  async requestReceipt(orderId: string, to: string): Promise<string> {
    const url = `${this.#url('order-service')}/orders/${orderId}/receipt`;
    const answer = await answered(`the receipt to ${to} to be accepted`, async (key) =>
      post(url, { to }, keyHeader(key)),
    );
    return (answer as { eventId: string }).eventId;
  }
}

/** Retries with the same key while there is no answer, or the answer is that the database is unavailable. */
async function answered<Answer>(what: string, request: (key: string) => Promise<Answer>): Promise<Answer> {
  const key = randomUUID();
  const answer = await until(what, async () => {
    try {
      return { value: await request(key) };
    } catch (error) {
      if (error instanceof Refused && error.status !== 503) return error;
      throw error;
    }
  });
  if (answer instanceof Refused) throw answer;
  return answer.value;
}

function keyHeader(key: string): Record<string, string> {
  return { 'idempotency-key': `"${key}"` };
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
