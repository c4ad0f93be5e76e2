import type { Attempt } from '../api.ts';
import { ATTEMPTS_KEPT_MAX, ATTEMPT_ERROR_CHARACTERS_MAX, ATTEMPT_TEXT_CHARACTERS_MAX } from '../limits.ts';
import { KeptTexts } from './kept-texts.ts';

/** An attempt as it was reported; `attempt` is 0 where that was not. */
export interface ReportedAttempt {
  readonly traceId: string | null;
  readonly group: string;
  readonly at: string;
  readonly outcome: Attempt['outcome'];
  readonly attempt: number;
  readonly topic: string | null;
  readonly partition: number;
  readonly offset: string | null;
  readonly error: string | null;
  readonly durationMs: number | null;
  readonly nextInMs: number | null;
}

const OUTCOMES: ReadonlyArray<Attempt['outcome']> = ['handled', 'repeated', 'retry', 'parked', 'dead', 'ambiguous'];

/** Of 32 bits each: an event's id is kept as its hash, a trace id as it is. */
const ID_WORDS = 2;
const TRACE_WORDS = 4;
const WORD_DIGITS = 8;
const TRACE_ID = /^[0-9a-f]{32}$/;

/** A power of two. */
const CHAINS = 2 ** 16;

/**
 * The newest attempts, 65 bytes each and none of them an object: adding one makes no garbage. An attempt has a place in each column;
 * the oldest one makes room. Attempts whose events have the same first word of the hash are a chain, from the newest on.
 */
export class AttemptRing {
  readonly #ids = new Uint32Array(ATTEMPTS_KEPT_MAX * ID_WORDS);
  readonly #traces = new Uint32Array(ATTEMPTS_KEPT_MAX * TRACE_WORDS);
  readonly #at = new Float64Array(ATTEMPTS_KEPT_MAX);
  readonly #offsets = new Float64Array(ATTEMPTS_KEPT_MAX);
  readonly #durations = new Float32Array(ATTEMPTS_KEPT_MAX);
  readonly #nextIn = new Float32Array(ATTEMPTS_KEPT_MAX);
  readonly #partitions = new Int32Array(ATTEMPTS_KEPT_MAX);
  readonly #numbers = new Uint32Array(ATTEMPTS_KEPT_MAX);
  readonly #groups = new Uint16Array(ATTEMPTS_KEPT_MAX);
  readonly #topics = new Uint16Array(ATTEMPTS_KEPT_MAX);
  readonly #errors = new Uint16Array(ATTEMPTS_KEPT_MAX);
  readonly #outcomes = new Uint8Array(ATTEMPTS_KEPT_MAX);
  /** Place of the one before it in its chain, and 1; what is there now may be a newer one of another chain. */
  readonly #before = new Uint16Array(ATTEMPTS_KEPT_MAX);
  /** By the first word of the hash: place of the newest one, and 1; 0 is none. */
  readonly #newest = new Uint16Array(CHAINS);
  readonly #texts = new KeptTexts();
  readonly #hash = new Uint32Array(ID_WORDS);
  /** Another one in each process, so that nobody can make two ids that have the same hash. */
  readonly #seed = Math.floor(Math.random() * 2 ** 32);
  /** The place of the next one. */
  #next = 0;
  #size = 0;
  #forgottenUntil = Number.NEGATIVE_INFINITY;

  /** The latest time of the attempts that have made room. */
  get forgottenUntil(): string | null {
    return this.#forgottenUntil === Number.NEGATIVE_INFINITY ? null : new Date(this.#forgottenUntil).toISOString();
  }

  add(eventId: string, attempt: ReportedAttempt): void {
    const at = Date.parse(attempt.at);
    if (Number.isNaN(at)) return;
    if (this.#size === ATTEMPTS_KEPT_MAX) this.#forgetOldest();
    const place = this.#next;
    const hash = this.#hashOf(eventId);
    this.#ids.set(hash, place * ID_WORDS);
    this.#keepTrace(place, attempt.traceId);
    this.#at[place] = at;
    this.#groups[place] = this.#texts.keep(attempt.group);
    this.#outcomes[place] = OUTCOMES.indexOf(attempt.outcome);
    this.#numbers[place] = attempt.attempt;
    const offset = attempt.offset === null ? Number.NaN : Number(attempt.offset);
    this.#topics[place] = this.#texts.keep(Number.isSafeInteger(offset) ? attempt.topic : null);
    this.#partitions[place] = attempt.partition;
    this.#offsets[place] = offset;
    this.#errors[place] = this.#texts.keep(cut(attempt.error));
    this.#durations[place] = attempt.durationMs ?? Number.NaN;
    this.#nextIn[place] = attempt.nextInMs ?? Number.NaN;
    const chain = hash[0]! % CHAINS;
    this.#before[place] = this.#newest[chain]!;
    this.#newest[chain] = place + 1;
    this.#next = (place + 1) % ATTEMPTS_KEPT_MAX;
    this.#size += 1;
    while (this.#texts.characters > ATTEMPT_TEXT_CHARACTERS_MAX) this.#forgetOldest();
  }

  /** Those of the event, the oldest first. */
  of(eventId: string): ReportedAttempt[] {
    const [first, second] = this.#hashOf(eventId);
    const found: ReportedAttempt[] = [];
    let age = 0;
    for (let next = this.#newest[first! % CHAINS]!; next > 0; next = this.#before[next - 1]!) {
      const place = next - 1;
      const ageHere = this.#ageOf(place);
      // What makes room is written over: the rest of the chain has gone with it.
      if (ageHere <= age || ageHere > this.#size) break;
      age = ageHere;
      if (this.#ids[place * ID_WORDS] === first && this.#ids[place * ID_WORDS + 1] === second) {
        found.push(this.#read(place));
      }
    }
    return found.toReversed();
  }

  /** 1 is the newest. */
  #ageOf(place: number): number {
    return ((this.#next - 1 - place + ATTEMPTS_KEPT_MAX) % ATTEMPTS_KEPT_MAX) + 1;
  }

  #forgetOldest(): void {
    const place = (this.#next - this.#size + ATTEMPTS_KEPT_MAX) % ATTEMPTS_KEPT_MAX;
    this.#size -= 1;
    this.#forgottenUntil = Math.max(this.#forgottenUntil, this.#at[place]!);
    this.#texts.release(this.#groups[place]!);
    this.#texts.release(this.#topics[place]!);
    this.#texts.release(this.#errors[place]!);
  }

  #read(place: number): ReportedAttempt {
    const topic = this.#texts.of(this.#topics[place]!);
    return {
      traceId: this.#traceOf(place),
      group: this.#texts.of(this.#groups[place]!)!,
      at: new Date(this.#at[place]!).toISOString(),
      outcome: OUTCOMES[this.#outcomes[place]!]!,
      attempt: this.#numbers[place]!,
      topic,
      partition: this.#partitions[place]!,
      offset: topic === null ? null : String(this.#offsets[place]!),
      error: this.#texts.of(this.#errors[place]!),
      durationMs: millisecondsOf(this.#durations[place]!),
      nextInMs: millisecondsOf(this.#nextIn[place]!),
    };
  }

  #keepTrace(place: number, traceId: string | null): void {
    const isKept = traceId !== null && TRACE_ID.test(traceId);
    for (let word = 0; word < TRACE_WORDS; word += 1) {
      this.#traces[place * TRACE_WORDS + word] = isKept ? wordAt(traceId, word * WORD_DIGITS) : 0;
    }
  }

  /** A trace id of zeros is none. */
  #traceOf(place: number): string | null {
    const words = this.#traces.subarray(place * TRACE_WORDS, (place + 1) * TRACE_WORDS);
    if (words.every((word) => word === 0)) return null;
    return Array.from(words, (word) => word.toString(16).padStart(WORD_DIGITS, '0')).join('');
  }

  /** Two of 50,000 ids have the same one once in 10^10 times. The array is the same each time. */
  #hashOf(eventId: string): Uint32Array {
    // cyrb53, with all of its bits.
    let first = 0xdeadbeef ^ this.#seed;
    let second = 0x41c6ce57 ^ this.#seed;
    for (let at = 0; at < eventId.length; at += 1) {
      const code = eventId.charCodeAt(at);
      first = Math.imul(first ^ code, 2_654_435_761);
      second = Math.imul(second ^ code, 1_597_334_677);
    }
    first = Math.imul(first ^ (first >>> 16), 2_246_822_507) ^ Math.imul(second ^ (second >>> 13), 3_266_489_909);
    second = Math.imul(second ^ (second >>> 16), 2_246_822_507) ^ Math.imul(first ^ (first >>> 13), 3_266_489_909);
    this.#hash[0] = first;
    this.#hash[1] = second;
    return this.#hash;
  }
}

/** Eight hexadecimal digits. */
function wordAt(text: string, from: number): number {
  let word = 0;
  for (let at = from; at < from + WORD_DIGITS; at += 1) {
    const code = text.charCodeAt(at);
    word = (word << 4) | (code < 58 ? code - 48 : code - 87);
  }
  return word;
}

function cut(error: string | null): string | null {
  if (error === null || error.length <= ATTEMPT_ERROR_CHARACTERS_MAX) return error;
  // A copy: a slice keeps the whole text alive.
  return Buffer.from(`${error.slice(0, ATTEMPT_ERROR_CHARACTERS_MAX)}…`).toString();
}

/** Seven digits are kept, and no more than microseconds of them. */
function millisecondsOf(kept: number): number | null {
  return Number.isNaN(kept) ? null : Math.round(kept * 1_000) / 1_000;
}
