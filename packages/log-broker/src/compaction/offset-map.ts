import { hash } from 'node:crypto';

/** 128 bits of the key's hash. */
const HASH_WORDS = 4;
const SLOT_BYTES = HASH_WORDS * 4 + 8;
/** Fuller tables search long for a free slot. */
const LOAD_MAX = 0.75;

/**
 * The last offset of each key in the part of a log that is being compacted. It has a fixed size, whatever the keys: instead
 * of a key it holds a hash, which differs for any two keys that exist. SHA-256, because with a weaker one a client could make a key that
 * deletes the record of another.
 */
export class OffsetMap {
  readonly capacity: number;
  private readonly slotCount: number;
  private readonly hashes: Uint32Array;
  /** Offset plus one; 0 in a free slot. */
  private readonly offsets: Float64Array;
  private size = 0;

  constructor(bytes: number) {
    this.slotCount = Math.max(2, Math.floor(bytes / SLOT_BYTES));
    this.capacity = Math.floor(this.slotCount * LOAD_MAX);
    this.hashes = new Uint32Array(this.slotCount * HASH_WORDS);
    this.offsets = new Float64Array(this.slotCount);
  }

  get isFull(): boolean {
    return this.size >= this.capacity;
  }

  /** Not when it is full. */
  put(key: Buffer, offset: number): void {
    const slot = this.slotOf(key);
    if (this.offsets[slot] === 0) this.size++;
    this.offsets[slot] = offset + 1;
  }

  /** -1 for an unknown key. */
  get(key: Buffer): number {
    return (this.offsets[this.slotOf(key)] as number) - 1;
  }

  /** The slot that has the key, or the free one in which it belongs. */
  private slotOf(key: Buffer): number {
    // As a string of bytes, which Node makes several times faster than a buffer.
    const digest = hash('sha256', key, 'binary');
    const a = wordAt(digest, 0);
    const b = wordAt(digest, 4);
    const c = wordAt(digest, 8);
    const d = wordAt(digest, 12);
    for (let slot = a % this.slotCount; ; slot = (slot + 1) % this.slotCount) {
      const at = slot * HASH_WORDS;
      const { hashes } = this;
      if (hashes[at] === a && hashes[at + 1] === b && hashes[at + 2] === c && hashes[at + 3] === d) return slot;
      if (this.offsets[slot] !== 0) continue;
      hashes[at] = a;
      hashes[at + 1] = b;
      hashes[at + 2] = c;
      hashes[at + 3] = d;
      return slot;
    }
  }
}

function wordAt(bytes: string, at: number): number {
  const high = (bytes.charCodeAt(at + 3) << 24) | (bytes.charCodeAt(at + 2) << 16);
  return (high | (bytes.charCodeAt(at + 1) << 8) | bytes.charCodeAt(at)) >>> 0;
}
