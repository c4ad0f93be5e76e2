import type { Absence } from './absent-rows.ts';

/** One committed event that owes a mail. */
export interface OwedMail {
  readonly eventId: string;
  readonly event: string;
  readonly topic: string;
  /** `waiting` in the outbox, or absent from it; `published` at the partition and offset; `read`: those are no longer kept. */
  state: 'waiting' | Absence | 'published' | 'read';
  partition: number;
  offset: number;
  /** As the ledger was when it was compared. */
  isMailed: boolean;
  /** By performance.now(): since when it is in no place, or in two. */
  wrongSince: number | undefined;
}

/** What the ledger says about the mails of a bucket. */
export interface LedgerDigest {
  readonly mails: number;
  readonly accepted: number;
  readonly ambiguous: number;
  readonly digest: string;
}

const ID_CHARACTERS = 36;

/**
 * Event ids of about four seconds: those with the same first ten characters. Its ids are compared with the ledger's by one
 * digest; only where the digests differ are the ids themselves read.
 *
 * A bucket in which everything is mailed is settled: of each event only the id is kept. It is opened again when something changes.
 */
export class Bucket {
  size = 0;
  ledger: LedgerDigest | undefined;
  /** None while it is settled. */
  readonly events = new Map<string, OwedMail>();
  /** While it is settled: by the name of the event, ids one after the other. An event takes 36 bytes in this way, and 190 by itself. */
  readonly #settled = new Map<string, string>();
  #mailed = 0;
  /** State of the ledger, and the one by which it is known what is mailed. */
  #state = stateOf(undefined);
  #knownBy: string | undefined;
  #digest = 0n;

  add(event: OwedMail): void {
    this.open().set(event.eventId, event);
    this.size += 1;
    this.#digest ^= lastBitsOf(event.eventId);
  }

  /** Only when everything in it is mailed: of each event, the record has then been read. */
  settle(): void {
    for (const [name, events] of Map.groupBy(this.events.values(), ({ event }) => event)) {
      this.#settled.set(name, events.map(({ eventId }) => eventId).join(''));
    }
    this.events.clear();
  }

  hasSettled(eventId: string): boolean {
    return [...this.#settled.values()].some((ids) => ids.includes(eventId));
  }

  /** Its events one by one. */
  open(): Map<string, OwedMail> {
    for (const [event, ids] of this.#settled) {
      for (let at = 0; at < ids.length; at += ID_CHARACTERS) {
        const eventId = ids.slice(at, at + ID_CHARACTERS);
        const read = { topic: '', state: 'read', partition: 0, offset: 0 } as const;
        this.events.set(eventId, { eventId, event, ...read, isMailed: true, wrongSince: undefined });
      }
    }
    this.#settled.clear();
    return this.events;
  }

  /** true: the ids have to be read, because they are others than ours and have changed since they were read. */
  compare(ledger: LedgerDigest | undefined): boolean {
    this.ledger = ledger;
    this.#state = stateOf(ledger);
    if (this.isMailed) return false;
    const isEqual = ledger?.accepted === this.size && ledger.digest === String(this.#digest);
    if (!isEqual && ledger !== undefined && ledger.accepted > 0) return !this.isKnown;
    this.#note(() => isEqual);
    return false;
  }

  /** Ids as they are in the ledger now. */
  read(accepted: ReadonlySet<string>): void {
    this.#note((eventId) => accepted.has(eventId));
  }

  /** Whether each of ours is mailed. */
  get isMailed(): boolean {
    return this.#mailed === this.size && this.isKnown;
  }

  /** false: the ids have changed since they were read; what was mailed then is so still, and of the others it is not known. */
  get isKnown(): boolean {
    return this.#knownBy === this.#state;
  }

  #note(isMailed: (eventId: string) => boolean): void {
    this.#knownBy = this.#state;
    this.#mailed = 0;
    for (const event of this.open().values()) {
      event.isMailed = isMailed(event.eventId);
      if (event.isMailed) this.#mailed += 1;
    }
  }
}

function stateOf(ledger: LedgerDigest | undefined): string {
  return ledger === undefined ? '0' : `${ledger.accepted} ${ledger.digest}`;
}

/** As the ledger's digest has it: the last 64 bits, signed. */
function lastBitsOf(eventId: string): bigint {
  return BigInt.asIntN(64, BigInt(`0x${eventId.slice(19).replace('-', '')}`));
}

const WITH_TIME = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** undefined where the id does not begin with its time: it cannot be compared in this way. */
export function bucketOf(eventId: string): string | undefined {
  return WITH_TIME.test(eventId) ? bucketNameOf(eventId) : undefined;
}

/** Of an id that begins with its time; of another one, a name that no bucket has it by. */
export function bucketNameOf(eventId: string): string {
  return eventId.slice(0, 10);
}

/** When the ids of a bucket were made, in milliseconds. */
export function timeOfBucket(bucket: string): number {
  return Number.parseInt(bucket.replace('-', ''), 16) * 2 ** 12;
}

export function bucketAt(time: number): string {
  const digits = Math.floor(time / 2 ** 12)
    .toString(16)
    .padStart(9, '0');
  return `${digits.slice(0, 8)}-${digits.slice(8)}`;
}
