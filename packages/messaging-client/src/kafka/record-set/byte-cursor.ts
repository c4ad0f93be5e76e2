/** The bytes are not in the expected format. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
}

/** Reads the protocol's types in order, and never beyond the end. */
export class ByteCursor {
  readonly bytes: Buffer;
  readonly end: number;
  at: number;

  constructor(bytes: Buffer, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  get left(): number {
    return this.end - this.at;
  }

  /** Skips so many bytes and returns where they begin. */
  skip(count: number): number {
    const from = this.at;
    if (count < 0 || count > this.end - from) throw new FormatError(`${count} bytes where ${this.end - from} are left`);
    this.at = from + count;
    return from;
  }

  take(count: number): Buffer {
    const from = this.skip(count);
    return this.bytes.subarray(from, this.at);
  }

  int8(): number {
    return this.bytes.readInt8(this.skip(1));
  }

  int16(): number {
    return this.bytes.readInt16BE(this.skip(2));
  }

  int32(): number {
    return this.bytes.readInt32BE(this.skip(4));
  }

  int64(): bigint {
    return this.bytes.readBigInt64BE(this.skip(8));
  }

  /** Unsigned, up to 32 bits. */
  uvarint(): number {
    const { bytes, end } = this;
    let at = this.at;
    if (at < end && bytes[at]! < 0x80) {
      this.at = at + 1;
      return bytes[at]!;
    }
    let value = 0;
    for (let shift = 0; shift < 35 && at < end; shift += 7) {
      const byte = bytes[at++]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        this.at = at;
        return value >>> 0;
      }
    }
    throw new FormatError(at < end ? 'a varint of more than five bytes' : 'a varint that is cut off');
  }

  /** Signed by zigzag, 32 bits. */
  varint(): number {
    const value = this.uvarint();
    return (value >>> 1) ^ -(value & 1);
  }

  /** Signed by zigzag, 64 bits. */
  varlong(): number | bigint {
    const { bytes, at, end } = this;
    // Nearly all are short: four bytes are 28 bits.
    for (let length = 0, value = 0; length < 4 && at + length < end; length += 1) {
      const byte = bytes[at + length]!;
      value |= (byte & 0x7f) << (7 * length);
      if (byte < 0x80) {
        this.at = at + length + 1;
        return (value >>> 1) ^ -(value & 1);
      }
    }
    return this.#longVarlong();
  }

  #longVarlong(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.bytes[this.skip(1)]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n));
    }
    throw new FormatError('a varlong of more than ten bytes');
  }

  /** Skips bytes with their length before them, and returns the length; 0 for null. */
  skipVarintBytes(): number {
    const length = this.varint();
    if (length === -1) return 0;
    this.skip(length);
    return length;
  }

  /** With its length before it; -1 is null. */
  varintBytes(): Buffer | null {
    const length = this.varint();
    return length === -1 ? null : this.take(length);
  }
}
