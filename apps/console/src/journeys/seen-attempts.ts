import { Injectable } from '@nestjs/common';
import type { Attempt } from '../api.ts';
import { ANSWERS_KEPT_MAX } from '../limits.ts';
import { EventFeed, groupOf } from '../sources/event-feed.ts';
import type { ServiceEvent } from '../sources/event-feed.ts';
import { AttemptRing } from './attempt-ring.ts';

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
  readonly #attempts = new AttemptRing();
  readonly #answers = new Map<string, SeenAnswer>();

  constructor(feed: EventFeed) {
    feed.on('events', (service, events) => {
      for (const event of events) this.#keep(service, event);
    });
  }

  of(eventId: string): readonly SeenAttempt[] {
    const last = new Map<string, number>();
    return this.#attempts.of(eventId).map(({ group, at, outcome, error, durationMs, nextInMs, ...reported }) => {
      // A record that was handled is reported without the number of its attempt.
      const attempt = reported.attempt > 0 ? reported.attempt : (last.get(group) ?? 0) + 1;
      last.set(group, attempt);
      const { topic, partition, offset } = reported;
      const record = topic === null ? null : `${topic}/${partition}@${offset}`;
      return { eventId, group, at, outcome, attempt, record, error, durationMs, nextInMs };
    });
  }

  /** Before it, attempts of an event are not known one by one: the console was not running, or they have made room. */
  notSeenBefore(eventId: string, begunAt: string, attemptsMade: number): string | null {
    if (begunAt < this.startedAt) return this.startedAt;
    const { forgottenUntil } = this.#attempts;
    if (forgottenUntil === null || begunAt > forgottenUntil) return null;
    const kept = this.#attempts.of(eventId);
    return kept.length >= attemptsMade ? null : (kept[0]?.at ?? forgottenUntil);
  }

  traceOf(eventId: string): string | undefined {
    return this.#attempts.of(eventId).findLast(({ traceId }) => traceId !== null)?.traceId ?? undefined;
  }

  answerOf(traceId: string | null | undefined): SeenAnswer | undefined {
    return traceId ? this.#answers.get(traceId) : undefined;
  }

  #keep(service: string, event: ServiceEvent): void {
    const { name, at, eventId, traceId, topic, partition, offset } = event;
    if (name === 'http.answered') this.#keepAnswer(service, event);
    const outcome = OUTCOMES[name];
    // A repeat is reported as handled, too.
    const isKept = outcome !== undefined && !(name === 'record.handled' && event['repeated'] === true);
    if (!isKept || typeof eventId !== 'string') return;
    this.#attempts.add(eventId, {
      traceId: textOf(traceId),
      group: groupOf(service, event),
      at,
      outcome,
      attempt: numberOf(event['attempt']) ?? 0,
      topic: textOf(topic),
      partition: Number(partition),
      offset: textOf(offset),
      error: textOf((event['error'] as { message?: unknown } | null | undefined)?.message),
      durationMs: numberOf(event['milliseconds']),
      nextInMs: numberOf(event['retryInMs'] ?? event['dueInMs']),
    });
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

function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
