const TWO_POW_32 = 0x1_0000_0000;
const LARGEST_INT64_AS_NUMBER = 2 ** 63;

/** Byte ranges at least this long are passed on by reference instead of being copied into the writer's buffer. */
const COPY_BELOW_BYTES = 2_048;

/** A full buffer of this length is kept as a chunk instead of being copied into a larger one. */
const CHUNK_BYTES = 64 * 1024;

/**
 * Writes Kafka's primitive types, the mirror of {@link ByteReader}.
 *
 * Long byte ranges (record batches) are not copied: the result is a list of chunks for one vectored write. The
 * caller must not change a long range until the chunks are written.
 */
export class ByteWriter {
  private chunks: Buffer[] = [];
  private chunkBytes = 0;
  private buffer: Buffer;
  private length = 0;

  constructor(capacity = 256) {
    this.buffer = Buffer.allocUnsafe(capacity);
  }

  /** Bytes written so far. */
  get size(): number {
    return this.chunkBytes + this.length;
  }

  /** Reserves `count` bytes and returns where they begin. */
  private reserve(count: number): number {
    if (this.length >= CHUNK_BYTES && this.length + count > this.buffer.length) this.sealChunk(CHUNK_BYTES);
    const start = this.length;
    if (start + count > this.buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, start + count));
      this.buffer.copy(larger, 0, 0, start);
      this.buffer = larger;
    }
    this.length = start + count;
    return start;
  }

  int8(value: number): void {
    const at = this.reserve(1);
    this.buffer.writeInt8(value, at);
  }

  private uint8(value: number): void {
    // Reserving may replace the buffer, so it comes first.
    const at = this.reserve(1);
    this.buffer[at] = value;
  }

  int16(value: number): void {
    const at = this.reserve(2);
    this.buffer.writeInt16BE(value, at);
  }

  uint16(value: number): void {
    const at = this.reserve(2);
    this.buffer.writeUInt16BE(value, at);
  }

  int32(value: number): void {
    const at = this.reserve(4);
    this.buffer.writeInt32BE(value, at);
  }

  uint32(value: number): void {
    const at = this.reserve(4);
    this.buffer.writeUInt32BE(value, at);
  }

  int64(value: number): void {
    const at = this.reserve(8);
    if (value >= LARGEST_INT64_AS_NUMBER) {
      this.buffer.writeBigInt64BE(2n ** 63n - 1n, at);
    } else {
      this.buffer.writeInt32BE(Math.floor(value / TWO_POW_32), at);
      this.buffer.writeUInt32BE(((value % TWO_POW_32) + TWO_POW_32) % TWO_POW_32, at + 4);
    }
  }

  float64(value: number): void {
    const at = this.reserve(8);
    this.buffer.writeDoubleBE(value, at);
  }

  bool(value: boolean): void {
    this.int8(value ? 1 : 0);
  }

  uuid(value: string): void {
    const at = this.reserve(16);
    this.buffer.fill(0, at, at + 16);
    this.buffer.write(value, at, 16, 'base64url');
  }

  unsignedVarint(value: number): void {
    let rest = value >>> 0;
    while (rest >= 0x80) {
      this.uint8((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.uint8(rest);
  }

  varint(value: number): void {
    this.unsignedVarint((value << 1) ^ (value >> 31));
  }

  varlong(value: number): void {
    const signed = BigInt(value);
    let rest = BigInt.asUintN(64, (signed << 1n) ^ (signed >> 63n));
    while (rest >= 0x80n) {
      this.uint8(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.uint8(Number(rest));
  }

  utf8(value: string, byteLength: number): void {
    const at = this.reserve(byteLength);
    this.buffer.write(value, at, byteLength, 'utf8');
  }

  bytes(value: Buffer): void {
    if (value.length < COPY_BELOW_BYTES) {
      const at = this.reserve(value.length);
      value.copy(this.buffer, at);
      return;
    }
    this.sealChunk();
    this.chunks.push(value);
    this.chunkBytes += value.length;
  }

  /** Appends what another writer holds, for parts whose length must be written before them. */
  append(other: ByteWriter): void {
    for (const chunk of other.finish()) this.bytes(chunk);
  }

  private sealChunk(nextBytes = 256): void {
    if (this.length === 0) return;
    this.chunks.push(this.buffer.subarray(0, this.length));
    this.chunkBytes += this.length;
    this.buffer = Buffer.allocUnsafe(nextBytes);
    this.length = 0;
  }

  /** Ends writing. The chunks in order are the message. */
  finish(): Buffer[] {
    this.sealChunk();
    return this.chunks;
  }

  /** Ends writing and returns the message as one buffer. */
  toBuffer(): Buffer {
    const chunks = this.finish();
    return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
  }
}
