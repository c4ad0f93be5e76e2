import type { ControlLog, ControlLogEntry } from '../../apps/console/src/control.ts';

/** Some hours of an operator who breaks things; a part that dies every five seconds fills it in three quarters of an hour. */
const ENTRIES_KEPT_MAX = 1_000;

type Unnumbered<Entry> = Entry extends unknown ? Omit<Entry, 'number' | 'at'> : never;

/** What was done and what came of it, in order. */
export class Log {
  readonly #entries: ControlLogEntry[] = [];
  #newest = 0;

  get newest(): number {
    return this.#newest;
  }

  add(entry: Unnumbered<ControlLogEntry>): void {
    this.#newest += 1;
    this.#entries.push({ number: this.#newest, at: new Date().toISOString(), ...entry });
    if (this.#entries.length > ENTRIES_KEPT_MAX) this.#entries.shift();
  }

  after(number: number): ControlLog {
    const kept = this.#newest - this.#entries.length;
    return {
      entries: this.#entries.filter((entry) => entry.number > number),
      dropped: Math.max(0, kept - number),
    };
  }
}
