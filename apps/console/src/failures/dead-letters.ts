import { eventCatalog, jsonSchemaOf } from '@event-bus/event-catalog';
import { REDRIVES_MAX } from '@event-bus/messaging-client/inspect';
import { deadLetterAnswer, deadLettersAnswer, parkedAnswer, resolvedAnswer } from '@event-bus/service-kit/admin';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { DeadLetterDetail, DeadLetterList, DeadLetterRow, DeadLettersAnswer, SourceProblem } from '../api.ts';
import { ConsoleProblem } from '../http/problem.ts';
import { LETTERS_PAGE_ROWS } from '../limits.ts';
import { AdminSource } from '../sources/admin-source.ts';
import { CountsOfFailures } from './failure-counts.ts';
import { queryString } from '../http/query-string.ts';

interface Page {
  readonly rows: readonly DeadLetterRow[];
  readonly next: string | null;
  readonly problem: SourceProblem | null;
}

/** Where the page before ended, in each service that has more. */
const place = z.record(z.string(), z.string());

@Injectable()
export class DeadLettersOfServices {
  readonly #admin: AdminSource;
  readonly #counts: CountsOfFailures;

  constructor(admin: AdminSource, counts: CountsOfFailures) {
    this.#admin = admin;
    this.#counts = counts;
  }

  /** A page of each service that has more, newest first. */
  async list(
    state: 'open' | 'resolved',
    { service, after, ...conditions }: Readonly<Record<string, string | undefined>>,
  ): Promise<DeadLetterList> {
    const places = after === undefined ? undefined : placesOf(after);
    const all = service ? [service] : this.#admin.services;
    const services = places === undefined ? all : Object.keys(places);
    const [counts, pages] = await Promise.all([
      this.#counts.read(),
      Promise.all(
        services.map(async (name) => [name, await this.#page(name, state, conditions, places?.[name])] as const),
      ),
    ]);
    const more = pages.flatMap(([name, { next }]) => (next === null ? [] : [[name, next] as const]));
    return {
      counts,
      rows: pages
        .flatMap(([, { rows }]) => rows)
        .sort((one, other) => (one.createdAt < other.createdAt ? 1 : one.createdAt > other.createdAt ? -1 : 0)),
      next: more.length === 0 ? null : Buffer.from(JSON.stringify(Object.fromEntries(more))).toString('base64url'),
      problems: pages.flatMap(([, { problem }]) => (problem === null ? [] : [problem])),
    };
  }

  /** @throws ConsoleProblem */
  async one(service: string, id: string): Promise<DeadLetterDetail> {
    const answer = await this.#admin.get(service, `/admin/dead-letters/${encodeURIComponent(id)}`, deadLetterAnswer);
    const event = eventCatalog.findLast(({ name }) => name === answer.deadLetter.event);
    return {
      service,
      answer,
      foreseen: answer.deadLetter.state === 'open' ? await this.#foresee(service, id) : null,
      redrivesMax: REDRIVES_MAX,
      schema: event === undefined ? null : jsonSchemaOf(event),
    };
  }

  async #foresee(service: string, id: string): Promise<DeadLetterDetail['foreseen']> {
    const body = { ids: [id], by: 'console', dryRun: true, force: true };
    return (await this.#admin.post(service, '/admin/dead-letters/redrive', body, resolvedAnswer)).foreseen;
  }

  async #page(
    service: string,
    state: string,
    conditions: Readonly<Record<string, string | undefined>>,
    after: string | undefined,
  ): Promise<Page> {
    const query = queryString({ ...conditions, state, limit: String(LETTERS_PAGE_ROWS), after });
    const { value, problem } = await this.#admin.read(service, `/admin/dead-letters?${query}`, deadLettersAnswer);
    const letters = value?.rows ?? [];
    const waiting = letters.some(({ policy }) => policy === 'hold')
      ? await this.#waiting(service)
      : new Map<string, number>();
    return {
      rows: letters.map((letter) => rowOf(service, letter, waiting.get(letter.id) ?? 0)),
      next: value?.next ?? null,
      problem,
    };
  }

  /** Records behind each letter that holds its key. */
  async #waiting(service: string): Promise<Map<string, number>> {
    const { value } = await this.#admin.read(service, `/admin/parked?limit=${LETTERS_PAGE_ROWS}`, parkedAnswer);
    return new Map(value?.rows.flatMap(({ heldBy, records }) => (heldBy === null ? [] : [[heldBy, records]])));
  }
}

function rowOf(service: string, letter: DeadLettersAnswer['rows'][number], waiting: number): DeadLetterRow {
  const { id, group, topic, partition, offset, eventId, event, reason, error, attempts, redrives, state, createdAt } =
    letter;
  return {
    service,
    id,
    group,
    topic,
    partition,
    offset,
    eventId,
    event,
    reason,
    error,
    attempts,
    redrives,
    waiting,
    state,
    createdAt,
  };
}

function placesOf(after: string): Record<string, string> {
  try {
    return place.parse(JSON.parse(Buffer.from(after, 'base64url').toString()));
  } catch {
    throw new ConsoleProblem(400, 'after is not the `next` of a list.', 'Leave it out to read from the start.', {
      code: 'after-wrong',
      params: {},
    });
  }
}
