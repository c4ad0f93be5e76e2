/** Thrown when bytes do not match the message definition. The connection that sent them is closed. */
export class WireFormatError extends Error {
  override name = 'WireFormatError';
}

const TWO_POW_32 = 0x1_0000_0000;

export function int64At(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at) * TWO_POW_32 + buffer.readUInt32BE(at + 4);
}

/**
 * Reads Kafka's primitive types (https://kafka.apache.org/protocol#protocol_types) from a buffer, front to back.
 *
 * Every read checks its bounds and throws {@link WireFormatError}; byte ranges are views, never copies: copy a range to
 * keep it longer than the request.
 *
 * 64-bit integers become JavaScript numbers: offsets, timestamps and producer ids stay far below 2^53. Larger values
 * lose their lowest bits here and are clamped by the writer, so Long.MAX_VALUE, the only one clients send, survives.
 */
export class ByteReader {
  readonly buffer: Buffer;
  position: number;
  readonly end: number;
  /** Array elements that may still be read. */
  private elementsLeft: number;

  constructor(buffer: Buffer, position = 0, elementsMax = Number.POSITIVE_INFINITY) {
    this.buffer = buffer;
    this.position = position;
    this.end = buffer.length;
    this.elementsLeft = elementsMax;
  }

  get remaining(): number {
    return this.end - this.position;
  }

  /** Counts an array's elements before memory is allocated for them. */
  takeElements(count: number): number {
    // Every element takes at least a byte, so a larger count is wrong.
    if (count > this.remaining) throw new WireFormatError(`array of ${count} in ${this.remaining} bytes`);
    this.elementsLeft -= count;
    if (this.elementsLeft < 0) throw new WireFormatError('more array elements than a message may have');
    return count;
  }

  /** Skips `length` bytes and returns where they began. */
  private take(length: number): number {
    const start = this.position;
    if (length < 0 || start + length > this.end) {
      throw new WireFormatError(`needs ${length} bytes at ${start}, but only ${this.end - start} are left`);
    }
    this.position = start + length;
    return start;
  }

  int8(): number {
    return this.buffer.readInt8(this.take(1));
  }

  int16(): number {
    return this.buffer.readInt16BE(this.take(2));
  }

  uint16(): number {
    return this.buffer.readUInt16BE(this.take(2));
  }

  int32(): number {
    return this.buffer.readInt32BE(this.take(4));
  }

  uint32(): number {
    return this.buffer.readUInt32BE(this.take(4));
  }

  int64(): number {
    return int64At(this.buffer, this.take(8));
  }

  float64(): number {
    return this.buffer.readDoubleBE(this.take(8));
  }

  bool(): boolean {
    return this.int8() !== 0;
  }

  /** 16 bytes as Kafka prints them: URL-safe base64 without padding. */
  uuid(): string {
    const at = this.take(16);
    return this.buffer.toString('base64url', at, at + 16);
  }

  unsignedVarint(): number {
    let value = 0;
    for (let shift = 0; shift <= 28; shift += 7) {
      const byte = this.buffer[this.take(1)] ?? 0;
      value |= (byte & 0x7f) << shift;
      if ((byte & 0x80) === 0) return value >>> 0;
    }
    throw new WireFormatError('unsigned varint longer than five bytes');
  }

  /** Zig-zag encoded, up to 32 bits. */
  varint(): number {
    const value = this.unsignedVarint();
    return (value >>> 1) ^ -(value & 1);
  }

  /** Zig-zag encoded, up to 64 bits. */
  varlong(): number {
    let value = 0n;
    for (let shift = 0n; shift <= 63n; shift += 7n) {
      const byte = this.buffer[this.take(1)] ?? 0;
      value |= BigInt(byte & 0x7f) << shift;
      if ((byte & 0x80) === 0) return Number(BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n)));
    }
    throw new WireFormatError('varlong longer than ten bytes');
  }

  bytes(length: number): Buffer {
    const at = this.take(length);
    return this.buffer.subarray(at, at + length);
  }

  utf8(length: number): string {
    const at = this.take(length);
    return this.buffer.toString('utf8', at, at + length);
  }
}
