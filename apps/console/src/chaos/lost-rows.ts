import { auditAnswer, outboxAnswer } from '@event-bus/service-kit/admin';
import { Injectable } from '@nestjs/common';
import { LOST_ROWS_ASKED_MAX, LOST_ROWS_EVERY_MS } from '../limits.ts';
import { ScoreboardService } from '../scoreboard/scoreboard.service.ts';
import { AdminSource } from '../sources/admin-source.ts';
import { atMostEvery } from './at-most-every.ts';

/** Rows of one outbox. */
interface Outbox {
  /** Of those that wait, as many have been asked for in this turn. */
  asked: number;
  readonly lost: Set<string>;
  readonly dropped: Set<string>;
}

/**
 * Events that owe a mail, have been seen waiting in their outbox, and are in it no more: they can never be published. What an operator has
 * dropped is not lost, nor is what is found further on. What the ledger lacks is no matter of the outbox.
 */
@Injectable()
export class LostRows {
  readonly #scoreboard: ScoreboardService;
  readonly #admin: AdminSource;
  readonly #outboxes = new Map<string, Outbox>();
  /** Ids of their events; undefined: an outbox does not answer. */
  readonly read = atMostEvery(LOST_ROWS_EVERY_MS, async () => this.#read());

  constructor(scoreboard: ScoreboardService, admin: AdminSource) {
    this.#scoreboard = scoreboard;
    this.#admin = admin;
  }

  async #read(): Promise<readonly string[]> {
    const lost = await Promise.all(this.#admin.services.map(async (service) => this.#lostOf(service)));
    return lost.flat();
  }

  /** While thousands wait, some of them in turn. */
  async #lostOf(service: string): Promise<readonly string[]> {
    const outbox = this.#outboxes.get(service) ?? { asked: 0, lost: new Set(), dropped: new Set() };
    this.#outboxes.set(service, outbox);
    const { lost, dropped } = outbox;
    const waiting = this.#scoreboard.waitingIn(service);
    const known = new Set(waiting);
    const isWaiting = (eventId: string): boolean =>
      known.has(eventId) && this.#scoreboard.census.placeOf(eventId) === 'inFlight';
    for (const eventId of lost) if (!isWaiting(eventId)) lost.delete(eventId);
    for (const eventId of dropped) if (!isWaiting(eventId)) dropped.delete(eventId);
    if (outbox.asked >= waiting.length) outbox.asked = 0;
    const turn = waiting.slice(outbox.asked, outbox.asked + LOST_ROWS_ASKED_MAX);
    outbox.asked += turn.length;
    const asked = turn.filter((eventId) => isWaiting(eventId) && !dropped.has(eventId));
    if (asked.length > 0) {
      const path = `/admin/outbox?eventIds=${asked.map(encodeURIComponent).join(',')}`;
      const { rows } = await this.#admin.get(service, path, outboxAnswer);
      const found = new Set(rows.map(({ eventId }) => eventId));
      for (const eventId of asked) {
        if (found.has(eventId)) lost.delete(eventId);
        else if (await this.#isDropped(service, eventId)) dropped.add(eventId);
        else lost.add(eventId);
      }
    }
    return [...lost];
  }

  async #isDropped(service: string, eventId: string): Promise<boolean> {
    const path = `/admin/audit?eventId=${encodeURIComponent(eventId)}`;
    const { rows } = await this.#admin.get(service, path, auditAnswer);
    return rows.some(({ about, action }) => about === 'outbox-row' && action === 'drop');
  }
}
