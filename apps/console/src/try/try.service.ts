import { outboxAnswer } from '@event-bus/service-kit/admin';
import { Inject, Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { TryOptions, TryOrder, TryReceipt, TryResult, TrySignUp } from '../api.ts';
import { CONFIG } from '../config.ts';
import type { ConsoleConfig } from '../config.ts';
import { ConsoleProblem } from '../http/problem.ts';
import { TRY_BURST_EVERY_MS, TRY_BURST_PER_SECOND, TRY_MEMBER_UNKNOWN_MS_MAX, TRY_RESULTS_KEPT } from '../limits.ts';
import { ScoreboardService } from '../scoreboard/scoreboard.service.ts';
import { AdminSource } from '../sources/admin-source.ts';
import type { Source } from '../sources/fetch-json.ts';
import { LedgerSource } from '../sources/ledger-source.ts';
import { Bursts } from './bursts.ts';
import { callService } from './call-service.ts';
import type { Called } from './call-service.ts';
import { ITEMS } from './items.ts';
import { KnownMembers } from './known-members.ts';

type Kept = { -readonly [Field in keyof TryResult]: TryResult[Field] };

const NOTHING = {
  status: null,
  problem: null,
  rejected: [],
  eventId: null,
  state: null,
  ms: null,
  count: 1,
  answered: 0,
  failed: 0,
  mailed: 0,
  parked: 0,
  dead: 0,
};

/** What a visitor does to see events flow: the same requests that a client of the services would send. */
@Injectable()
export class TryService {
  readonly #config: ConsoleConfig;
  readonly #admin: AdminSource;
  readonly #ledger: LedgerSource;
  readonly #scoreboard: ScoreboardService;
  readonly #members: KnownMembers;
  readonly #bursts: Bursts;
  #results: readonly Kept[] = [];

  constructor(
    @Inject(CONFIG) config: ConsoleConfig,
    admin: AdminSource,
    ledger: LedgerSource,
    scoreboard: ScoreboardService,
    members: KnownMembers,
    bursts: Bursts,
  ) {
    this.#config = config;
    this.#admin = admin;
    this.#ledger = ledger;
    this.#scoreboard = scoreboard;
    this.#members = members;
    this.#bursts = bursts;
  }

  async options(): Promise<TryOptions> {
    await Promise.all(this.#results.map(async (result) => this.#follow(result)));
    return {
      members: await this.#members.list(),
      items: ITEMS.map(({ sku, name, price }) => ({ sku, name, price })),
      results: this.#results,
    };
  }

  async signUp(body: TrySignUp): Promise<TryResult> {
    const result = this.#begin('sign-up', body.email);
    const called = await callService(this.#sourceOf('member-service'), '/members', body);
    const memberId = textOf(called.body['id']);
    if (memberId !== null) this.#members.add({ memberId, name: body.name, email: body.email });
    return this.#end(result, called, 'member-service', memberId);
  }

  async order(body: TryOrder): Promise<TryResult> {
    const item = itemOf(body.sku);
    const result = this.#begin('order', `${body.quantity} × ${body.sku}`);
    const placed = await this.#place(body, item);
    const orderId = textOf(placed.body['id']);
    if (orderId === null) return this.#end(result, placed, 'order-service', null);
    const completed = await callService(this.#sourceOf('order-service'), `/orders/${orderId}/complete`);
    return this.#end(result, completed, 'order-service', orderId);
  }

  async receipt({ memberId, locale }: TryReceipt): Promise<TryResult> {
    const member = this.#members.find(memberId);
    if (member === undefined) {
      throw new ConsoleProblem(404, `The console does not know the member ${memberId}.`, 'Sign a member up first.', {
        code: 'member-unknown',
        params: { memberId },
      });
    }
    const result = this.#begin('receipt', member.email);
    const placed = await this.#place({ memberId, sku: ITEMS[0].sku, quantity: 1, locale }, ITEMS[0]);
    const orderId = textOf(placed.body['id']);
    if (orderId === null) return this.#end(result, placed, 'order-service', null);
    const requested = await callService(this.#sourceOf('order-service'), `/orders/${orderId}/receipt`, {
      to: member.email,
    });
    result.eventId = textOf(requested.body['eventId']);
    return this.#end(result, requested, 'order-service', null);
  }

  /** Answers at once; its figures grow. */
  burst(count: number): TryResult {
    const result = this.#begin('burst', `burst-${randomUUID().slice(0, 8)}`, count);
    const members = this.#sourceOf('member-service');
    void this.#bursts.send(result, (answered) => this.#send(result, members, answered));
    return result;
  }

  async #send(result: Kept, members: Source, answered: (traceId: string) => void): Promise<void> {
    const perTurn = (TRY_BURST_PER_SECOND * TRY_BURST_EVERY_MS) / 1_000;
    for (let sent = 0; sent < result.count; sent += perTurn) {
      const turn = Array.from({ length: Math.min(perTurn, result.count - sent) }, async (_, n) => {
        const email = `${result.about}-${sent + n}@example.com`;
        const called = await callService(members, '/members', { email, name: `Guest ${sent + n + 1}`, locale: 'en' });
        result.status = called.status;
        if (called.problem !== null) {
          result.problem = called.problem;
          result.failed += 1;
        } else {
          result.answered += 1;
          if (called.traceId !== null) answered(called.traceId);
        }
      });
      // The next turn waits for its time, and for this one's answers.
      await Promise.all([...turn, delay(TRY_BURST_EVERY_MS, undefined, { ref: false })]);
    }
  }

  /** order-service knows a member once it has consumed the sign-up. */
  async #place({ memberId, sku, quantity, locale }: TryOrder, item: (typeof ITEMS)[number]): Promise<Called> {
    const orders = this.#sourceOf('order-service');
    const order = { memberId, items: [{ sku, name: item.name[locale], quantity, unitPrice: item.unitPrice }] };
    const until = performance.now() + TRY_MEMBER_UNKNOWN_MS_MAX;
    let placed = await callService(orders, '/orders', order);
    while (placed.status === 422 && performance.now() < until) {
      await delay(TRY_BURST_EVERY_MS);
      placed = await callService(orders, '/orders', order);
    }
    return placed;
  }

  #begin(kind: TryResult['kind'], about: string, count = 1): Kept {
    const result: Kept = { ...NOTHING, id: randomUUID(), kind, about, at: new Date().toISOString(), count };
    for (const dropped of this.#results.slice(TRY_RESULTS_KEPT - 1)) this.#bursts.forget(dropped);
    this.#results = [result, ...this.#results].slice(0, TRY_RESULTS_KEPT);
    return result;
  }

  async #end(result: Kept, called: Called, service: string, key: string | null): Promise<TryResult> {
    result.status = called.status;
    result.problem = called.problem;
    result.rejected = called.rejected;
    result.answered = called.problem === null ? 1 : 0;
    if (key !== null && called.problem === null) result.eventId ??= await this.#findEvent(service, key);
    await this.#follow(result);
    return result;
  }

  async #findEvent(service: string, key: string): Promise<string | null> {
    const found = await this.#admin
      .get(service, `/admin/outbox?search=${encodeURIComponent(key)}&limit=1`, outboxAnswer)
      .catch(() => undefined);
    return found?.rows[0]?.eventId ?? null;
  }

  async #follow(result: Kept): Promise<void> {
    if (result.eventId === null || result.mailed > 0) return;
    const mails = await this.#ledger.read({ eventId: result.eventId }).catch(() => undefined);
    const mail = mails?.[0];
    if (mail?.status === 'accepted' && mail.acceptedAt !== null) {
      result.state = mail.ambiguous ? 'ambiguous' : 'mailed';
      result.ms = Math.max(0, Date.parse(mail.acceptedAt) - Date.parse(result.at));
      result.mailed = 1;
      return;
    }
    const place = this.#scoreboard.census.placeOf(result.eventId);
    result.state = place === 'parked' || place === 'dead' ? place : 'in-flight';
  }

  #sourceOf(service: string): Source {
    const address = this.#config.SERVICES.get(service);
    if (address !== undefined) return { name: service, address, setting: 'SERVICES' };
    throw new ConsoleProblem(503, `The console does not know where ${service} is.`, `Add ${service} to SERVICES.`, {
      code: 'source-unknown',
      params: { source: service, setting: 'SERVICES' },
    });
  }
}

function itemOf(sku: string): (typeof ITEMS)[number] {
  const item = ITEMS.find((one) => one.sku === sku);
  if (item !== undefined) return item;
  const known = ITEMS.map((one) => one.sku).join(', ');
  throw new ConsoleProblem(400, `There is no item ${sku}.`, `There are: ${known}.`, {
    code: 'item-unknown',
    params: { sku, known },
  });
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
