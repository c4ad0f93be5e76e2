import { committedAnswer, unfinishedAnswer } from '@event-bus/service-kit/admin';
import type { CommittedAnswer } from '@event-bus/service-kit/admin';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { Inject, Injectable } from '@nestjs/common';
import { EventEmitter } from 'node:events';
import { z } from 'zod';
import type { Scoreboard, SourceProblem } from '../api.ts';
import { BrokerReader } from '../broker/broker-reader.ts';
import { CONFIG } from '../config.ts';
import type { ConsoleConfig } from '../config.ts';
import { ConsoleProblem } from '../http/problem.ts';
import {
  FIRST_PUBLISHED_MS,
  LATEST_JOURNEYS,
  PUBLISHED_OVERLAP_MS,
  SCOREBOARD_BUCKETS_READ_MAX,
  SCOREBOARD_EVENTS_MAX,
  SCOREBOARD_EVERY_MS,
  SCOREBOARD_EVERY_UNCERTAIN_MS,
} from '../limits.ts';
import { Audience } from '../sources/audience.ts';
import { AdminSource } from '../sources/admin-source.ts';
import { sampled } from '../sources/sampled.ts';
import { AbsentRows } from './absent-rows.ts';
import { bucketAt } from './bucket.ts';
import { Census } from './census.ts';
import { ADDRESS_FIELDS, MAIL_GROUP, owesMail } from './owed-mails.ts';

const digestsAnswer = z.object({
  buckets: z.array(
    z.object({ bucket: z.string(), mails: z.int(), accepted: z.int(), ambiguous: z.int(), digest: z.string() }),
  ),
});
const acceptedAnswer = z.object({ eventIds: sampled(z.string()) });
const committed = z.strictObject({
  ...committedAnswer.shape,
  rows: sampled(committedAnswer.shape.rows.element),
  published: sampled(committedAnswer.shape.published.element),
});

export type NewestRow = CommittedAnswer['rows'][number] & { readonly service: string };

/** Where the reading of an outbox goes on. */
interface Place {
  readonly after: string | undefined;
  readonly publishedSince: string;
  /** `seq` by event id of those that were not published when they were read. */
  readonly waiting: Map<string, string>;
}

type Events = {
  verdict: [];
  /** Read for the first time, or once more. */
  committed: [service: string, rows: CommittedAnswer['rows']];
  /** What was committed until now has been read of every outbox. */
  outboxes: [];
};

/**
 * Compares in rounds what was committed with what came of it: outboxes, the group's offsets, parked and dead letters, the ledger;
 * in the order in which an event passes them, so that one that moves meanwhile is found further on.
 */
@Injectable()
export class ScoreboardService extends EventEmitter<Events> implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly census = new Census();
  /** By event id, which grows with time. */
  readonly #newest = new Map<string, NewestRow>();
  readonly #admin: AdminSource;
  readonly #broker: BrokerReader;
  readonly #absent: AbsentRows;
  readonly #audience: Audience;
  readonly #config: ConsoleConfig;
  readonly #places = new Map<string, Place>();
  readonly #problemsSince = new Map<string, string>();
  #unfinishedDigest = '';
  #older = 0;
  #stop = (): void => undefined;
  #latest: Scoreboard = { ...NOTHING_READ, at: new Date().toISOString() };

  constructor(
    admin: AdminSource,
    broker: BrokerReader,
    absent: AbsentRows,
    audience: Audience,
    @Inject(CONFIG) config: ConsoleConfig,
  ) {
    super();
    this.#admin = admin;
    this.#broker = broker;
    this.#absent = absent;
    this.#audience = audience;
    this.#config = config;
  }

  onApplicationBootstrap(): void {
    this.#stop = this.#audience.repeat(
      () => this.#round(),
      () => (this.census.isUncertain ? SCOREBOARD_EVERY_UNCERTAIN_MS : SCOREBOARD_EVERY_MS),
    );
  }

  onApplicationShutdown(): void {
    this.#stop();
  }

  /** The newest events that owe a mail, newest first. */
  get newest(): NewestRow[] {
    return [...this.#newest.values()].sort((one, other) => (one.eventId < other.eventId ? 1 : -1));
  }

  get latest(): Scoreboard {
    return this.#latest;
  }

  async #round(): Promise<void> {
    const before = this.#latest.verdict;
    this.#latest = await this.#read();
    if (this.#latest.verdict !== before) this.emit('verdict');
  }

  async #read(): Promise<Scoreboard> {
    const problems: SourceProblem[] = [];
    const failed = new Set<string>();
    const step = async (source: string, name: string, read: () => Promise<void>): Promise<void> => {
      try {
        await read();
        this.#problemsSince.delete(`${source} ${name}`);
      } catch (error) {
        failed.add(name);
        const problem = this.#problemOf(source, name, error);
        if (!problems.some((one) => one.source === problem.source)) problems.push(problem);
      }
    };
    const publishers = [...this.#config.SERVICES_ADMIN.keys()].filter((service) => service !== MAIL_GROUP);
    await Promise.all(publishers.map(async (service) => step(service, 'outbox', () => this.#readOutbox(service))));
    if (!failed.has('outbox')) this.emit('outboxes');
    await step('broker', 'watermarks', () => this.#readWatermarks());
    await step(MAIL_GROUP, 'unfinished', () => this.#readUnfinished());
    await step(MAIL_GROUP, 'ledger', () => this.#readLedger());
    const judged = this.census.judge(performance.now());
    const at = new Date().toISOString();
    if (failed.size === 0) {
      this.census.forget(Date.now());
      return { at, ...judged, problems };
    }
    this.census.interrupt();
    return {
      at,
      verdict: 'unknown',
      accepted: failed.has('outbox') ? null : judged.accepted,
      mailed: failed.has('ledger') ? null : judged.mailed,
      inFlight: failed.has('outbox') || failed.has('watermarks') || failed.has('ledger') ? null : judged.inFlight,
      parked: failed.has('unfinished') ? null : judged.parked,
      dead: failed.has('unfinished') ? null : judged.dead,
      ambiguous: failed.has('ledger') ? null : judged.ambiguous,
      events: [],
      wrong: 0,
      problems,
    };
  }

  async #readOutbox(service: string): Promise<void> {
    const place: Place = this.#places.get(service) ?? {
      after: undefined,
      publishedSince: new Date(Date.now() - FIRST_PUBLISHED_MS).toISOString(),
      waiting: new Map(),
    };
    const { waiting } = place;
    const lookedFor = this.#absent.nextOf(service, [...waiting.keys()]);
    const query = new URLSearchParams({ publishedSince: place.publishedSince, fields: ADDRESS_FIELDS.join(',') });
    if (place.after !== undefined) {
      query.set('after', place.after);
      query.set('publishedFrom', lowestOf(waiting.values()) ?? place.after);
    }
    const { rows, next, published } = await this.#admin.get(service, `/admin/committed?${query.toString()}`, committed);
    this.emit('committed', service, rows);
    const owed = rows.filter(({ event }) => owesMail(event));
    this.census.committed(owed);
    this.#keepNewest(owed.slice(-LATEST_JOURNEYS).map((row) => ({ ...row, service })));
    for (const { eventId, seq, partition } of owed) {
      if (partition === null) waiting.set(eventId, seq);
      else waiting.delete(eventId);
    }
    for (const { eventId, partition, offset, publishedAt } of published) {
      waiting.delete(eventId);
      const row = this.#newest.get(eventId);
      if (row !== undefined) this.#newest.set(eventId, { ...row, partition, offset, publishedAt });
      this.census.published(eventId, partition, offset);
    }
    const stillWaiting = lookedFor.filter((eventId) => waiting.has(eventId));
    for (const [eventId, absence] of await this.#absent.absentOf(service, stillWaiting)) {
      waiting.delete(eventId);
      this.census.absent(eventId, absence);
    }
    for (const eventId of waiting.keys()) {
      if (waiting.size <= SCOREBOARD_EVENTS_MAX) break;
      waiting.delete(eventId);
    }
    // The database's own clock. Those that waited come in pages, so that none of the next page may be passed.
    const newest = published.at(-1)?.publishedAt ?? rows.findLast((row) => row.publishedAt !== null)?.publishedAt;
    const publishedSince = Math.max(
      Date.parse(place.publishedSince),
      newest == null ? 0 : Date.parse(newest) - PUBLISHED_OVERLAP_MS,
    );
    this.#places.set(service, { after: next, publishedSince: new Date(publishedSince).toISOString(), waiting });
  }

  #keepNewest(rows: readonly NewestRow[]): void {
    for (const row of rows) this.#newest.set(row.eventId, row);
    for (const { eventId } of this.newest.slice(LATEST_JOURNEYS)) this.#newest.delete(eventId);
  }

  async #readWatermarks(): Promise<void> {
    const offsets = await this.#broker.use(async ({ admin }) => admin.fetchOffsets({ groupId: MAIL_GROUP }));
    this.census.watermarks(
      new Map(
        offsets.map(({ topic, partitions }) => {
          const committed = partitions.filter(({ offset }) => !offset.startsWith('-'));
          return [topic, new Map(committed.map((one) => [one.partition, Number(one.offset)]))];
        }),
      ),
    );
  }

  async #readUnfinished(): Promise<void> {
    const path = `/admin/unfinished?known=${encodeURIComponent(this.#unfinishedDigest)}`;
    const { digest, parked, dead } = await this.#admin.get(MAIL_GROUP, path, unfinishedAnswer);
    this.#unfinishedDigest = digest;
    if (parked !== null && dead !== null) this.census.unfinished(new Set(parked), new Set(dead));
  }

  async #readLedger(): Promise<void> {
    const now = Date.now();
    const from = this.census.oldestBucket(now) ?? bucketAt(now);
    const { buckets } = await this.#admin.get(MAIL_GROUP, `/admin/ledger/digests?from=${from}`, digestsAnswer);
    const digests = new Map(buckets.map(({ bucket, ...digest }) => [bucket, digest] as const));
    const changed = this.census.ledger(digests, from).toReversed().slice(0, SCOREBOARD_BUCKETS_READ_MAX);
    // Of the older ones that are not finished, one a round.
    const older = this.census.olderBuckets(now).filter((name) => name < from);
    const turn = older.length === 0 ? [] : [older[this.#older++ % older.length]!];
    for (const name of [...changed, ...turn]) {
      const { eventIds } = await this.#admin.get(MAIL_GROUP, `/admin/ledger/accepted?bucket=${name}`, acceptedAnswer);
      this.census.accepted(name, eventIds);
    }
  }

  #problemOf(source: string, name: string, error: unknown): SourceProblem {
    const since = this.#problemsSince.get(`${source} ${name}`) ?? new Date().toISOString();
    this.#problemsSince.set(`${source} ${name}`, since);
    if (source !== 'broker' && error instanceof ConsoleProblem) {
      const { said, ...problem } = this.#admin.problemOf(source, error);
      // The console makes these requests itself: a service that refuses one does not know it.
      const isUnknown = error.status === 400 || error.status === 404;
      return { ...problem, since, said: isUnknown ? { code: 'other-version', params: { source } } : said };
    }
    return {
      source,
      address:
        source === 'broker' ? this.#config.KAFKA_BROKERS.join(', ') : (this.#config.SERVICES_ADMIN.get(source) ?? ''),
      setting: source === 'broker' ? 'KAFKA_BROKERS' : 'SERVICES_ADMIN',
      detail: (error as Error).message,
      said:
        error instanceof ConsoleProblem
          ? error.said
          : { code: 'source-refuses', params: { source, answer: (error as Error).message } },
      since,
    };
  }
}

/** Of numbers as text. A row may be seen after others with higher ones, when its transaction was open for longer. */
function lowestOf(seqs: Iterable<string>): string | undefined {
  let lowest: string | undefined;
  for (const seq of seqs) {
    const isLower =
      lowest === undefined || seq.length < lowest.length || (seq.length === lowest.length && seq < lowest);
    if (isLower) lowest = seq;
  }
  return lowest;
}

const NOTHING_READ = {
  verdict: 'unknown',
  accepted: null,
  mailed: null,
  inFlight: null,
  parked: null,
  dead: null,
  ambiguous: null,
  events: [],
  wrong: 0,
  problems: [],
} as const;
