import type { Scoreboard } from '../api.ts';
import {
  SCOREBOARD_EVENTS_MAX,
  SCOREBOARD_IDS_SHOWN_MAX,
  SCOREBOARD_SETTLED_AFTER_MS,
  SCOREBOARD_WINDOW_MS,
  WRONG_AFTER_MS,
} from '../limits.ts';
import type { Absence } from './absent-rows.ts';
import { Bucket, bucketNameOf, bucketOf, timeOfBucket } from './bucket.ts';
import type { LedgerDigest, OwedMail } from './bucket.ts';

export interface Committed {
  readonly eventId: string;
  readonly event: string;
  readonly topic: string;
  readonly partition: number | null;
  readonly offset: string | null;
}

/** The next offset that the group reads, by topic and partition. What is not there has never been committed. */
export type Watermarks = ReadonlyMap<string, ReadonlyMap<number, number>>;

export type Judgement = Pick<
  Scoreboard,
  'verdict' | 'accepted' | 'mailed' | 'inFlight' | 'parked' | 'dead' | 'ambiguous' | 'events' | 'wrong'
>;

type Place = 'mailed' | 'dead' | 'parked' | 'inFlight' | 'nowhere' | 'double' | 'unread';

/**
 * Every committed event that owes a mail, and in which place each source says that it is. An event is looked up by its id; no
 * figure is what remains of the others.
 *
 * Events of the last SCOREBOARD_WINDOW_MS are compared in every round. Older ones were compared when they left the window, and
 * are only counted on: as long as they are not mailed they stay.
 */
export class Census {
  readonly #buckets = new Map<string, Bucket>();
  /** What has left the window: compared for the last time when it did. */
  readonly #checked = { accepted: 0, mailed: 0, dead: 0, ambiguous: 0 };
  /** Of events and topics. */
  readonly #names = new Map<string, string>();
  #parked: ReadonlySet<string> = new Set();
  #dead: ReadonlySet<string> = new Set();
  #watermarks: Watermarks = new Map();
  #size = 0;
  #isUncertain = false;
  #lost: readonly string[] = [];
  #leftBefore = '';

  committed(rows: readonly Committed[]): void {
    for (const { eventId, event, topic, partition, offset } of rows) {
      const known = this.#buckets.get(bucketNameOf(eventId))?.open().get(eventId);
      if (known !== undefined) {
        if (partition !== null && offset !== null) publish(known, partition, offset);
        continue;
      }
      const name = bucketOf(eventId);
      if (name === undefined || name < this.#leftBefore) continue;
      let bucket = this.#buckets.get(name);
      if (bucket === undefined) this.#buckets.set(name, (bucket = new Bucket()));
      const owed: OwedMail = {
        eventId,
        event: this.#oneOf(event),
        topic: this.#oneOf(topic),
        state: 'waiting',
        partition: 0,
        offset: 0,
        isMailed: false,
        wrongSince: undefined,
      };
      if (partition !== null && offset !== null) publish(owed, partition, offset);
      bucket.add(owed);
      this.#size += 1;
    }
  }

  published(eventId: string, partition: number, offset: string): void {
    const known = this.#buckets.get(bucketNameOf(eventId))?.events.get(eventId);
    if (known !== undefined) publish(known, partition, offset);
  }

  /** Its row has waited in the outbox, and is not in it any more. */
  absent(eventId: string, absence: Absence): void {
    const known = this.#buckets.get(bucketNameOf(eventId))?.events.get(eventId);
    if (known?.state === 'waiting') known.state = absence;
  }

  watermarks(watermarks: Watermarks): void {
    this.#watermarks = watermarks;
  }

  unfinished(parked: ReadonlySet<string>, dead: ReadonlySet<string>): void {
    this.#parked = parked;
    this.#dead = dead;
  }

  /** Names of the buckets whose mails have to be read by id. `from`: the first bucket that the digests are of. */
  ledger(digests: ReadonlyMap<string, LedgerDigest>, from: string): string[] {
    return [...this.#buckets].flatMap(([name, bucket]) =>
      name >= from && bucket.compare(digests.get(name)) ? [name] : [],
    );
  }

  /** Those of the bucket whose mails the mail server has accepted. */
  accepted(name: string, eventIds: readonly string[]): void {
    this.#buckets.get(name)?.read(new Set(eventIds));
  }

  /** The first bucket that the ledger's digests are needed of. */
  oldestBucket(now: number): string | undefined {
    const recent = [...this.#buckets.keys()].filter((name) => timeOfBucket(name) >= now - SCOREBOARD_WINDOW_MS);
    return this.#leftBefore === '' ? [...this.#buckets.keys()].sort()[0] : recent.sort()[0];
  }

  /** Older ones in which something is not mailed yet. */
  olderBuckets(now: number): string[] {
    return [...this.#buckets.keys()].filter((name) => timeOfBucket(name) < now - SCOREBOARD_WINDOW_MS).sort();
  }

  /** `monotonic`: by performance.now() */
  judge(monotonic: number): Judgement {
    const count: Record<Place, number> = {
      mailed: 0,
      dead: 0,
      parked: 0,
      inFlight: 0,
      nowhere: 0,
      double: 0,
      unread: 0,
    };
    const missing: OwedMail[] = [];
    const double: OwedMail[] = [];
    const lost: string[] = [];
    let ambiguous = this.#checked.ambiguous;
    const suspects = this.#suspects();
    this.#isUncertain = false;
    for (const [name, bucket] of this.#buckets) {
      ambiguous += bucket.ledger?.ambiguous ?? 0;
      if (bucket.isMailed && !suspects.has(name)) {
        count.mailed += bucket.size;
        continue;
      }
      for (const event of bucket.open().values()) {
        const place = this.#placeOf(event, bucket);
        count[place] += 1;
        if (event.state === 'lost' && (place === 'nowhere' || place === 'unread')) lost.push(event.eventId);
        if (place !== 'nowhere' && place !== 'double') {
          event.wrongSince = undefined;
          continue;
        }
        this.#isUncertain = true;
        if (monotonic - (event.wrongSince ??= monotonic) >= WRONG_AFTER_MS) {
          (place === 'double' ? double : missing).push(event);
        }
      }
    }
    this.#lost = lost;
    const wrong = missing.length > 0 ? missing : double;
    return {
      verdict: missing.length > 0 ? 'missing' : double.length > 0 ? 'double' : 'balanced',
      accepted: this.#checked.accepted + this.#size,
      mailed: this.#checked.mailed + count.mailed + count.double,
      // What is in no place for less than WRONG_AFTER_MS is on its way from one to the next.
      inFlight: count.inFlight + count.unread + count.nowhere - missing.length,
      parked: count.parked,
      dead: this.#checked.dead + count.dead,
      ambiguous,
      events: wrong.slice(0, SCOREBOARD_IDS_SHOWN_MAX).map(({ eventId, event }) => ({ eventId, event })),
      wrong: wrong.length,
    };
  }

  /** Whether an event was in no place, or in two, when it was judged last. */
  get isUncertain(): boolean {
    return this.#isUncertain;
  }

  /** Events whose rows are lost and which are found nowhere further on, when they were judged last. */
  get lost(): readonly string[] {
    return this.#lost;
  }

  /** A source did not answer: nothing is known about how long something has been missing. */
  interrupt(): void {
    this.#isUncertain = false;
    for (const { events } of this.#buckets.values()) for (const event of events.values()) event.wrongSince = undefined;
  }

  /**
   * Settles what is mailed, and lets go of what has been compared: mailed and out of the window; beyond SCOREBOARD_EVENTS_MAX
   * whatever is oldest.
   */
  forget(now: number): void {
    const suspects = this.#suspects();
    for (const name of [...this.#buckets.keys()].sort()) {
      const bucket = this.#buckets.get(name)!;
      const isOld = timeOfBucket(name) < now - SCOREBOARD_WINDOW_MS;
      const isDone = bucket.isMailed && !suspects.has(name);
      if (!(isOld && bucket.isMailed) && this.#size <= SCOREBOARD_EVENTS_MAX) {
        const isQuiet = timeOfBucket(name) < now - SCOREBOARD_SETTLED_AFTER_MS;
        if (isQuiet && isDone) bucket.settle();
        continue;
      }
      if (isDone) {
        this.#checked.accepted += bucket.size;
        this.#checked.mailed += bucket.size;
      } else {
        for (const event of bucket.open().values()) {
          const place = this.#placeOf(event, bucket);
          // What is neither leaves uncounted, with the bucket that made room.
          if (place === 'mailed' || place === 'dead') {
            this.#checked.accepted += 1;
            this.#checked[place] += 1;
          }
        }
      }
      this.#checked.ambiguous += bucket.ledger?.ambiguous ?? 0;
      this.#size -= bucket.size;
      this.#buckets.delete(name);
      if (name > this.#leftBefore) this.#leftBefore = name;
    }
  }

  placeOf(eventId: string): Place | undefined {
    const bucket = this.#buckets.get(bucketNameOf(eventId));
    if (bucket?.hasSettled(eventId)) return 'mailed';
    const event = bucket?.events.get(eventId);
    return bucket === undefined || event === undefined ? undefined : this.#placeOf(event, bucket);
  }

  #placeOf({ eventId, topic, state, partition, offset, isMailed }: OwedMail, bucket: Bucket): Place {
    const isDead = this.#dead.has(eventId);
    const isParked = this.#parked.has(eventId);
    if ((isMailed && (isDead || isParked)) || (isDead && isParked)) return 'double';
    if (isMailed) return 'mailed';
    if (isDead || state === 'dropped') return 'dead';
    if (isParked) return 'parked';
    if (state === 'waiting') return 'inFlight';
    if (state === 'published') {
      const watermark = this.#watermarks.get(topic)?.get(partition);
      if (watermark === undefined || offset >= watermark) return 'inFlight';
    }
    return bucket.isKnown ? 'nowhere' : 'unread';
  }

  /** The same text where it is the same: each answer of a service has its own copy of it. */
  #oneOf(name: string): string {
    const known = this.#names.get(name);
    if (known === undefined) this.#names.set(name, name);
    return known ?? name;
  }

  /** Buckets of which something is parked or dead. */
  #suspects(): Set<string> {
    return new Set([...this.#parked, ...this.#dead].map(bucketNameOf));
  }
}

function isUnpublished({ state }: OwedMail): boolean {
  return state !== 'published' && state !== 'read';
}

/** What has been reported before stays where it is. */
function publish(owed: OwedMail, partition: number, offset: string): void {
  if (!isUnpublished(owed)) return;
  owed.state = 'published';
  owed.partition = partition;
  owed.offset = Number(offset);
}
