import { Injectable } from '@nestjs/common';
import type { Attempt } from '../api.ts';
import { ANSWERS_KEPT_MAX, ATTEMPTS_KEPT_MAX } from '../limits.ts';
import { EventFeed, groupOf } from '../sources/event-feed.ts';
import type { ServiceEvent } from '../sources/event-feed.ts';

export interface SeenAttempt extends Attempt {
  readonly eventId: string;
  readonly group: string;
}

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
  /** By event id, the oldest event first. */
  readonly #attempts = new Map<string, SeenAttempt[]>();
  readonly #answers = new Map<string, SeenAnswer>();
  readonly #traces = new Map<string, string>();
  #kept = 0;

  constructor(feed: EventFeed) {
    feed.on('events', (service, events) => {
      for (const event of events) this.#keep(service, event);
    });
  }

  of(eventId: string): readonly SeenAttempt[] {
    return this.#attempts.get(eventId) ?? [];
  }

  traceOf(eventId: string): string | undefined {
    return this.#traces.get(eventId);
  }

  answerOf(traceId: string | null | undefined): SeenAnswer | undefined {
    return traceId ? this.#answers.get(traceId) : undefined;
  }

  #keep(service: string, event: ServiceEvent): void {
    if (event.name === 'http.answered') this.#keepAnswer(service, event);
    const attempt = attemptOf(groupOf(service, event), event);
    if (attempt === undefined) return;
    if (typeof event['traceId'] === 'string') this.#traces.set(attempt.eventId, event['traceId']);
    const known = this.#attempts.get(attempt.eventId);
    // A record that was handled is reported without the number of its attempt.
    const before = known?.filter(({ group }) => group === attempt.group).length ?? 0;
    const numbered = attempt.attempt > 0 ? attempt : { ...attempt, attempt: before + 1 };
    // push() would make room for 16 more.
    this.#attempts.set(attempt.eventId, known === undefined ? [numbered] : [...known, numbered]);
    this.#kept += 1;
    for (const [eventId, { length }] of this.#attempts) {
      if (this.#kept <= ATTEMPTS_KEPT_MAX) break;
      this.#attempts.delete(eventId);
      this.#traces.delete(eventId);
      this.#kept -= length;
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

function attemptOf(group: string, event: ServiceEvent): SeenAttempt | undefined {
  const { name, at, eventId } = event;
  const outcome = OUTCOMES[name];
  if (outcome === undefined || typeof eventId !== 'string') return undefined;
  // Reported as handled, too.
  if (name === 'record.handled' && event['repeated'] === true) return undefined;
  const next = event['retryInMs'] ?? event['dueInMs'];
  return {
    eventId,
    group,
    at,
    outcome,
    attempt: typeof event['attempt'] === 'number' ? event['attempt'] : 0,
    record: recordOf(event),
    error: messageOf(event['error']),
    durationMs: typeof event['milliseconds'] === 'number' ? event['milliseconds'] : null,
    nextInMs: typeof next === 'number' ? next : null,
  };
}

function recordOf({ topic, partition, offset }: ServiceEvent): string | null {
  // One text: a template would keep each of its parts.
  return typeof offset === 'string' ? [topic, '/', partition, '@', offset].join('') : null;
}

function messageOf(error: unknown): string | null {
  const message = (error as { message?: unknown } | null | undefined)?.message;
  return typeof message === 'string' ? message : null;
}
