import { LAG_EXACT_WITHIN, LAG_SAMPLE_MS, LOG_ENDS_REMEMBERED_MAX } from '../limits.ts';

interface LogEnd {
  /** Milliseconds since 1970; 0 for the beginning of time. */
  readonly at: number;
  /** The offset of the first record that was written then or later. */
  readonly end: bigint;
}

/** Where the log of a partition ended at which time: so it is known when the record of an offset was written. */
export class LogEnds {
  /** In the order of time. */
  #ends: LogEnd[] = [];

  /** The end now. What contradicts it is forgotten: the topic was recreated, or the clock was set back. */
  note(now: number, end: bigint): void {
    this.#ends = this.#ends.filter((one) => one.at < now && one.end <= end);
    this.#ends.push({ at: now, end });
    // Every other one is enough, and the newest is needed.
    if (this.#ends.length > LOG_ENDS_REMEMBERED_MAX) {
      this.#ends = this.#ends.filter((_, index) => (this.#ends.length - 1 - index) % 2 === 0);
    }
  }

  /** The end at an earlier time, as the broker finds it. */
  add(at: number, end: bigint): void {
    this.#ends.splice(this.#ends.findLastIndex((one) => one.at <= at) + 1, 0, { at, end });
  }

  /** Nothing before the record of that offset will be looked for. */
  forgetBefore(offset: bigint): void {
    this.#ends.splice(0, Math.max(0, this.#lastBefore(offset)));
  }

  /**
   * When the record of that offset was written, in milliseconds since 1970; at the latest, while that is not known well.
   * Undefined when there is none: what is left are not records of an application.
   */
  writtenAt(offset: bigint, now: number): number | undefined {
    const [before, after, first] = this.#around(offset);
    if (before === undefined || after === undefined || this.unsureAt(offset, now) !== undefined) return after?.at;
    // As if what was written in between had been written at an even pace.
    return before.at + (after.at - before.at) * (Number(first - before.end + 1n) / Number(after.end - before.end));
  }

  /** The time for which the broker is to be queried next, to know better when that record was written; undefined when it is known well. */
  unsureAt(offset: bigint, now: number): number | undefined {
    const [before, after] = this.#around(offset);
    if (before === undefined) return 0;
    if (after === undefined) return undefined;
    const gap = after.at - before.at;
    const age = Math.max(now - after.at, LAG_EXACT_WITHIN * LAG_SAMPLE_MS);
    if (gap <= Math.max(LAG_SAMPLE_MS, LAG_EXACT_WITHIN * age)) return undefined;
    // By age, and not by time: a backlog is minutes old, or days.
    return Math.round(now - Math.sqrt(age * (now - before.at)));
  }

  /** The last end before that record was written, the first one after it, and the offset of the first record from there on. */
  #around(offset: bigint): [LogEnd | undefined, LogEnd | undefined, bigint] {
    const [oldest] = this.#ends;
    // The log begins with offsets that hold no record.
    const first = oldest?.at === 0 && oldest.end > offset ? oldest.end : offset;
    const before = this.#lastBefore(first);
    return [this.#ends[before], this.#ends[before + 1], first];
  }

  /** The index of the last one at which the record was not written yet; -1 when there is none. */
  #lastBefore(offset: bigint): number {
    return this.#ends.findLastIndex(({ end }) => end <= offset);
  }
}
