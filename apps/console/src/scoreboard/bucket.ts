/** One committed event that owes a mail. */
export interface OwedMail {
  readonly eventId: string;
  readonly event: string;
  /** undefined while it waits in the outbox. */
  place: { readonly topic: string; readonly partition: number; readonly offset: bigint } | undefined;
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

/**
 * Event ids of about four seconds: those with the same first ten characters. Its ids are compared with the ledger's by one
 * digest; only where the digests differ are the ids themselves read.
 */
export class Bucket {
  readonly events = new Map<string, OwedMail>();
  ledger: LedgerDigest | undefined;
  /** Ids that the ledger has as accepted. `all`: each of ours. */
  #accepted: ReadonlySet<string> | 'all' = new Set();
  /** State of the ledger by which `#accepted` is known. */
  #knownBy: string | undefined;
  #digest = 0n;

  add(event: OwedMail): void {
    if (this.#accepted === 'all') this.#accepted = new Set(this.events.keys());
    this.events.set(event.eventId, event);
    this.#digest ^= lastBitsOf(event.eventId);
  }

  /** true: the ids have to be read, because they are others than ours and have changed since they were read. */
  compare(ledger: LedgerDigest | undefined): boolean {
    this.ledger = ledger;
    const isEqual = ledger?.accepted === this.events.size && ledger.digest === String(this.#digest);
    if (isEqual || (ledger?.accepted ?? 0) === 0) {
      this.#accepted = isEqual ? 'all' : new Set();
      this.#knownBy = keyOf(ledger);
      return false;
    }
    return this.#knownBy !== keyOf(ledger);
  }

  /** Ids as they are in the ledger now. */
  read(accepted: ReadonlySet<string>): void {
    const hasAll = [...this.events.keys()].every((id) => accepted.has(id));
    this.#accepted = hasAll ? 'all' : accepted;
    this.#knownBy = keyOf(this.ledger);
  }

  /** Whether each of ours is mailed. */
  get isMailed(): boolean {
    return this.#accepted === 'all' && this.#knownBy === keyOf(this.ledger);
  }

  /** undefined: not known, because the ids have changed since they were read. */
  hasMailed(eventId: string): boolean | undefined {
    if (this.#knownBy === keyOf(this.ledger)) return this.#accepted === 'all' || this.#accepted.has(eventId);
    return this.#accepted !== 'all' && this.#accepted.has(eventId) ? true : undefined;
  }
}

function keyOf(ledger: LedgerDigest | undefined): string {
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
