/** The decompressed batch is larger than allowed. */
export class DecompressedTooLargeError extends Error {
  override name = 'DecompressedTooLargeError';

  constructor(bytesMax: number) {
    super(`more than ${bytesMax} bytes when decompressed`);
  }
}

/** Up to this length a loop is faster than a copy call. */
const SHORT_BYTES = 64;

/** The output of a codec whose size is unknown in advance. It never holds more than `bytesMax`. */
export class GrowingBuffer {
  length = 0;
  private buffer: Buffer;
  private readonly bytesMax: number;

  constructor(bytesMax: number, expectedBytes: number) {
    this.bytesMax = bytesMax;
    this.buffer = Buffer.allocUnsafe(Math.min(expectedBytes, bytesMax));
  }

  /** @throws {DecompressedTooLargeError} before memory is allocated */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed > this.bytesMax) throw new DecompressedTooLargeError(this.bytesMax);
    if (needed <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.min(Math.max(needed, this.buffer.length * 2), this.bytesMax));
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
  }

  /** Appends `from` up to `to` of `bytes`. */
  append(bytes: Buffer, from: number, to: number): void {
    this.reserve(to - from);
    this.length += bytes.copy(this.buffer, this.length, from, to);
  }

  /** Appends `count` bytes from `distance` back, which may overlap what is written. */
  repeat(distance: number, count: number): void {
    this.reserve(count);
    const { buffer } = this;
    const start = this.length - distance;
    const end = this.length + count;
    if (count <= SHORT_BYTES) {
      for (let at = this.length; at < end; at++) buffer[at] = buffer[at - distance] as number;
      this.length = end;
      return;
    }
    // The existing bytes are copied at once; the source doubles with each round.
    while (this.length < end) {
      const ready = Math.min(this.length - start, end - this.length);
      buffer.copyWithin(this.length, start, start + ready);
      this.length += ready;
    }
  }

  content(): Buffer {
    return this.buffer.subarray(0, this.length);
  }
}
