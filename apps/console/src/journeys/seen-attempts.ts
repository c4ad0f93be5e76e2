import { Injectable } from '@nestjs/common';
import type { Attempt } from '../api.ts';
import { ANSWERS_KEPT_MAX, ATTEMPT_CHARACTERS_KEPT_MAX } from '../limits.ts';
import { EventFeed, groupOf } from '../sources/event-feed.ts';
import type { ServiceEvent } from '../sources/event-feed.ts';

export interface SeenAttempt extends Attempt {
  readonly eventId: string;
  readonly group: string;
}

/** An attempt as it is kept; `attempt` is 0 where it was not reported. */
type KeptAttempt = readonly [
  traceId: string | null,
  group: string,
  at: string,
  outcome: Attempt['outcome'],
  attempt: number,
  record: string | null,
  error: string | null,
  durationMs: number | null,
  nextInMs: number | null,
];

export interface SeenAnswer {
  readonly service: string;
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly at: string;
  readonly ms: number;
}

/** The newest attempts and HTTP answers that services have reported since the console has run; the oldest make room. */
@Injectable()
export class SeenAttempts {
  readonly startedAt = new Date().toISOString();
  /** By event id, the oldest event first: a line of JSON for each attempt, which takes half of what objects do. */
  readonly #attempts = new Map<string, string>();
  readonly #answers = new Map<string, SeenAnswer>();
  #characters = 0;
  #forgottenUntil: string | null = null;

  constructor(feed: EventFeed) {
    feed.on('events', (service, events) => {
      for (const event of events) this.#keep(service, event);
      this.#forgetOldest();
    });
  }

  of(eventId: string): readonly SeenAttempt[] {
    const last = new Map<string, number>();
    return this.#read(eventId).map(([, group, at, outcome, reported, record, error, durationMs, nextInMs]) => {
      // A record that was handled is reported without the number of its attempt.
      const attempt = reported > 0 ? reported : (last.get(group) ?? 0) + 1;
      last.set(group, attempt);
      return { eventId, group, at, outcome, attempt, record, error, durationMs, nextInMs };
    });
  }

  /** Before it, attempts of an event are not known one by one: the console was not running, or they have made room. */
  notSeenBefore(eventId: string, begunAt: string, attemptsMade: number): string | null {
    if (begunAt < this.startedAt) return this.startedAt;
    if (this.#forgottenUntil === null || begunAt > this.#forgottenUntil) return null;
    const kept = this.#read(eventId);
    if (kept.length >= attemptsMade) return null;
    return kept[0]?.[2] ?? this.#forgottenUntil;
  }

  traceOf(eventId: string): string | undefined {
    return this.#read(eventId).findLast(([traceId]) => traceId !== null)?.[0] ?? undefined;
  }

  answerOf(traceId: string | null | undefined): SeenAnswer | undefined {
    return traceId ? this.#answers.get(traceId) : undefined;
  }

  #read(eventId: string): readonly KeptAttempt[] {
    const lines = this.#attempts.get(eventId)?.split('\n') ?? [];
    return lines.map((line) => JSON.parse(line) as KeptAttempt);
  }

  #keep(service: string, event: ServiceEvent): void {
    if (event.name === 'http.answered') this.#keepAnswer(service, event);
    const { eventId } = event;
    const attempt = attemptOf(groupOf(service, event), event);
    if (attempt === undefined || typeof eventId !== 'string') return;
    const line = JSON.stringify(attempt);
    const known = this.#attempts.get(eventId);
    this.#attempts.set(eventId, known === undefined ? line : `${known}\n${line}`);
    this.#characters += line.length;
  }

  #forgetOldest(): void {
    if (this.#characters <= ATTEMPT_CHARACTERS_KEPT_MAX) return;
    for (const [eventId, lines] of this.#attempts) {
      this.#attempts.delete(eventId);
      this.#characters -= lines.length;
      if (this.#characters > ATTEMPT_CHARACTERS_KEPT_MAX) continue;
      // It came after all that were forgotten with it.
      const [, , at] = JSON.parse(lines.slice(lines.lastIndexOf('\n') + 1)) as KeptAttempt;
      if (at > (this.#forgottenUntil ?? '')) this.#forgottenUntil = at;
      return;
    }
  }

  #keepAnswer(service: string, { at, method, route, path, status, milliseconds, traceId }: ServiceEvent): void {
    if (typeof traceId !== 'string' || method === 'GET') return;
    this.#answers.set(traceId, {
      service,
      method: String(method),
      route: String(route ?? path),
      status: Number(status),
      at,
      ms: Number(milliseconds),
    });
    if (this.#answers.size > ANSWERS_KEPT_MAX) this.#answers.delete(this.#answers.keys().next().value!);
  }
}

const OUTCOMES: Readonly<Record<string, Attempt['outcome']>> = {
  'record.handled': 'handled',
  'record.repeated': 'repeated',
  'record.retry': 'retry',
  'record.parked': 'parked',
  'record.dead': 'dead',
  'effect.ambiguous': 'ambiguous',
};

function attemptOf(group: string, event: ServiceEvent): KeptAttempt | undefined {
  const { name, at } = event;
  const outcome = OUTCOMES[name];
  // A repeat is reported as handled, too.
  if (outcome === undefined || (name === 'record.handled' && event['repeated'] === true)) return undefined;
  return [
    typeof event['traceId'] === 'string' ? event['traceId'] : null,
    group,
    at,
    outcome,
    numberOf(event['attempt']) ?? 0,
    recordOf(event),
    messageOf(event['error']),
    numberOf(event['milliseconds']),
    numberOf(event['retryInMs'] ?? event['dueInMs']),
  ];
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

function recordOf({ topic, partition, offset }: ServiceEvent): string | null {
  return typeof offset === 'string' ? `${String(topic)}/${String(partition)}@${offset}` : null;
}

function messageOf(error: unknown): string | null {
  const message = (error as { message?: unknown } | null | undefined)?.message;
  return typeof message === 'string' ? message : null;
}
