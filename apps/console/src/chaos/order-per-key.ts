import { deadLettersAnswer } from '@event-bus/service-kit/admin';
import { Injectable } from '@nestjs/common';
import { GUARANTEE_EVENTS_MAX, ORDER_EVENTS_KEPT_MAX, ORDER_ROUNDS_MAX } from '../limits.ts';
import { ScoreboardService } from '../scoreboard/scoreboard.service.ts';
import { AdminSource } from '../sources/admin-source.ts';
import { EventFeed } from '../sources/event-feed.ts';

/** The events of a key, of which the order is kept. By group: the `seq` up to which it has handled them. */
type Lane = Record<string, number>;

interface Committed {
  readonly lane: Lane;
  readonly seq: number;
}

interface Handled {
  readonly eventId: string;
  /** Rounds of reading that were finished when it was reported. */
  readonly round: number;
}

export interface OrderSeen {
  /** Handled by a group after a later event of their key. */
  readonly overtaken: readonly string[];
  readonly records: number;
}

/**
 * Whether each group has handled the events of a key in the order in which they were committed: the order is the `seq` of the
 * outbox that has them, and the time is the report of the group that has handled them. Events of before `watch()`, and those of other
 * publishers, are not compared.
 */
@Injectable()
export class OrderPerKey {
  readonly #feed: EventFeed;
  readonly #scoreboard: ScoreboardService;
  readonly #admin: AdminSource;
  /** By event id, the oldest first. */
  readonly #committed = new Map<string, Committed>();
  /** By service, topic and key; the one with the newest event last. */
  readonly #lanes = new Map<string, Lane>();
  /** By group, in the order of the reports: what has been handled and is not compared yet. */
  readonly #waiting = new Map<string, Handled[]>();
  readonly #overtaken = new Set<string>();
  #startedAt: string | undefined;
  #records = 0;
  #round = 0;

  constructor(feed: EventFeed, scoreboard: ScoreboardService, admin: AdminSource) {
    this.#feed = feed;
    this.#scoreboard = scoreboard;
    this.#admin = admin;
  }

  /** Begins with the first time that the view of experiments is read: until then nothing is kept. */
  watch(): void {
    if (this.#startedAt !== undefined) return;
    const startedAt = (this.#startedAt = new Date().toISOString());
    this.#feed.on('events', (group, events) => {
      for (const { name, eventId, repeated } of events) {
        if (name !== 'record.handled' || repeated === true || typeof eventId !== 'string') continue;
        const waiting = this.#waiting.get(group) ?? [];
        this.#waiting.set(group, waiting);
        waiting.push({ eventId, round: this.#round });
        if (waiting.length > ORDER_EVENTS_KEPT_MAX) waiting.splice(0, waiting.length - ORDER_EVENTS_KEPT_MAX);
      }
    });
    this.#scoreboard.on('committed', (service, rows) => {
      for (const { eventId, topic, key, seq, createdAt } of rows) {
        if (createdAt < startedAt) continue;
        this.#committed.set(eventId, { lane: this.#laneOf(`${service} ${topic} ${key}`), seq: Number(seq) });
      }
      forgetOldest(this.#committed);
      forgetOldest(this.#lanes);
    });
    this.#scoreboard.on('outboxes', () => {
      this.#round += 1;
      for (const [group, waiting] of this.#waiting) this.#compare(group, waiting);
    });
  }

  /** undefined while a service is not listened to. */
  get seen(): OrderSeen | undefined {
    return this.#feed.isComplete ? { overtaken: [...this.#overtaken], records: this.#records } : undefined;
  }

  #laneOf(name: string): Lane {
    const lane = this.#lanes.get(name) ?? {};
    this.#lanes.delete(name);
    this.#lanes.set(name, lane);
    return lane;
  }

  /** Up to the first one that may be in an outbox that has not been read since. */
  #compare(group: string, waiting: Handled[]): void {
    let compared = 0;
    for (const { eventId, round } of waiting) {
      const committed = this.#committed.get(eventId);
      if (committed === undefined && this.#round - round < ORDER_ROUNDS_MAX) break;
      compared += 1;
      if (committed !== undefined) this.#compareOne(group, eventId, committed);
    }
    waiting.splice(0, compared);
  }

  #compareOne(group: string, eventId: string, { lane, seq }: Committed): void {
    this.#records += 1;
    if (seq < (lane[group] ?? 0)) void this.#noteOvertaken(group, eventId);
    else lane[group] = seq;
  }

  /** What was given up has let the later ones go on; an operator decides when it is handled. */
  async #noteOvertaken(group: string, eventId: string): Promise<void> {
    const path = `/admin/dead-letters?state=all&eventId=${encodeURIComponent(eventId)}&limit=1`;
    const letters = await this.#admin.get(group, path, deadLettersAnswer).catch(() => undefined);
    if (letters !== undefined && letters.rows.length > 0) return;
    if (this.#overtaken.size < GUARANTEE_EVENTS_MAX) this.#overtaken.add(eventId);
  }
}

function forgetOldest(map: Map<string, unknown>): void {
  if (map.size <= ORDER_EVENTS_KEPT_MAX) return;
  for (const name of map.keys()) {
    map.delete(name);
    if (map.size <= ORDER_EVENTS_KEPT_MAX) return;
  }
}
