/** Of those that run, the ones that began last: one that blocks the event loop is most likely among them. */
const SLOTS = 16;
const SLOT_BYTES = 256;
const BEAT = 0;
const IS_DEBUGGED = 1;
const HEADER_BYTES = 2 * Int32Array.BYTES_PER_ELEMENT;

/** Memory shared by a process and its watchdog thread: a heartbeat, and which handlers are running. */
export class SharedHandlers {
  readonly memory: SharedArrayBuffer;
  readonly #header: Int32Array;
  readonly #slots: Buffer;
  readonly #owners: symbol[] = [];
  #next = 0;

  constructor(memory = new SharedArrayBuffer(HEADER_BYTES + SLOTS * SLOT_BYTES)) {
    this.memory = memory;
    this.#header = new Int32Array(memory, 0, 2);
    this.#slots = Buffer.from(memory, HEADER_BYTES);
  }

  /** `isDebugged`: it may stand still for as long as a debugger holds it. */
  beat(isDebugged: boolean): void {
    Atomics.store(this.#header, IS_DEBUGGED, isDebugged ? 1 : 0);
    Atomics.add(this.#header, BEAT, 1);
  }

  get beats(): number {
    return Atomics.load(this.#header, BEAT);
  }

  get isDebugged(): boolean {
    return Atomics.load(this.#header, IS_DEBUGGED) === 1;
  }

  /** @returns a function that strikes it out */
  note(handler: string): () => void {
    const slot = this.#next % SLOTS;
    this.#next += 1;
    const owner = Symbol(slot);
    this.#owners[slot] = owner;
    const start = slot * SLOT_BYTES;
    // 0 is the end of the text, and no number means empty.
    const written = this.#slots.write(handler, start, SLOT_BYTES - 1, 'utf8');
    this.#slots[start + written] = 0;
    return () => {
      if (this.#owners[slot] === owner) this.#slots[start] = 0;
    };
  }

  /** Those that are running, as far as there are places for them. */
  get running(): string[] {
    return Array.from({ length: SLOTS }, (_, slot) => {
      const bytes = this.#slots.subarray(slot * SLOT_BYTES, (slot + 1) * SLOT_BYTES);
      return bytes.toString('utf8', 0, bytes.indexOf(0));
    }).filter((text) => text !== '');
  }
}
