import { REQUEST_BYTES_MAX } from '../limits.ts';
import { WireFormatError } from '../wire/byte-reader.ts';

/** Bytes of the length before each request. */
const LENGTH_BYTES = 4;

/** Each request begins with its API key. */
const KEY_BYTES = 2;

/** Pieces shorter than this are joined as they arrive: each has an overhead of a hundred bytes. */
const SMALL_PIECE_BYTES = 4_096;

/**
 * Cuts a byte stream into requests: a 4-byte length, then so many bytes. Pieces are kept as they arrive and joined
 * once, so a client that announces much and sends little costs little, and one that sends single bytes not much more.
 */
export class FrameReader {
  private pieces: Buffer[] = [];
  private buffered = 0;
  /** The request that is assembled as it arrives, with its length, and how much of it has arrived. */
  private assembled: { readonly frame: Buffer; bytes: number } | undefined;

  get bufferedBytes(): number {
    return this.buffered;
  }

  get pieceCount(): number {
    return this.pieces.length;
  }

  push(arrived: Buffer): void {
    this.buffered += arrived.length;
    const piece = this.assembled ? arrived.subarray(this.addToAssembled(arrived)) : arrived;
    if (piece.length === 0) return;
    this.pieces.push(piece);
    if (piece.length < SMALL_PIECE_BYTES) this.joinSmallPieces();
  }

  /**
   * Assembles the announced request as it arrives, in a buffer of its own: copying a hundred megabytes at the end would block
   * the thread for a quarter of a second. For requests that are in the budget.
   */
  assemble(): void {
    const size = this.announcedBytes();
    if (size === undefined || this.assembled) return;
    const arrived = this.pieces;
    this.pieces = [];
    this.buffered = 0;
    this.assembled = { frame: Buffer.allocUnsafeSlow(LENGTH_BYTES + size), bytes: 0 };
    for (const piece of arrived) this.push(piece);
  }

  /** Returns how many of the bytes belong to it. */
  private addToAssembled(piece: Buffer): number {
    const { assembled } = this;
    if (!assembled) return 0;
    const taken = piece.copy(assembled.frame, assembled.bytes);
    assembled.bytes += taken;
    return taken;
  }

  /** Joins neighbours of similar size, so that a byte is copied a dozen times at most. */
  private joinSmallPieces(): void {
    for (;;) {
      const last = this.pieces.at(-1);
      const before = this.pieces.at(-2);
      if (!last || !before || last.length >= SMALL_PIECE_BYTES || before.length > 2 * last.length) return;
      this.pieces.splice(-2, 2, Buffer.concat([before, last]));
    }
  }

  /** Key of the next request; undefined while it is incomplete. @throws {WireFormatError} as `next` */
  nextKey(): number | undefined {
    const size = this.announcedBytes();
    if (size === undefined || this.buffered < LENGTH_BYTES + size) return undefined;
    if (size < KEY_BYTES) throw new WireFormatError(`request of ${size} bytes`);
    if (this.assembled) return this.assembled.frame.readInt16BE(LENGTH_BYTES);
    if ((this.pieces[0] as Buffer).length < LENGTH_BYTES + KEY_BYTES) this.pieces = [Buffer.concat(this.pieces)];
    return (this.pieces[0] as Buffer).readInt16BE(LENGTH_BYTES);
  }

  /**
   * The next whole request without its length; undefined when more bytes are needed. A request in several pieces is
   * assembled in `scratch` if it fits, else in a buffer of its own.
   *
   * @throws {WireFormatError} for an invalid length
   */
  next(scratch?: Buffer): Buffer | undefined {
    const size = this.announcedBytes();
    if (size === undefined || this.buffered < LENGTH_BYTES + size) return undefined;
    const end = LENGTH_BYTES + size;
    this.buffered -= end;
    if (this.assembled) {
      const { frame } = this.assembled;
      this.assembled = undefined;
      return frame.subarray(LENGTH_BYTES);
    }
    const first = this.pieces[0] as Buffer;
    if (first.length >= end) {
      this.dropUpTo(0, end);
      return first.subarray(LENGTH_BYTES, end);
    }
    const whole = scratch && scratch.length >= end ? scratch : Buffer.allocUnsafe(end);
    let index = 0;
    let at = first.copy(whole);
    while (at < end) {
      const piece = this.pieces[++index] as Buffer;
      const taken = piece.copy(whole, at, 0, Math.min(piece.length, end - at));
      at += taken;
      if (at === end) this.dropUpTo(index, taken);
    }
    return whole.subarray(LENGTH_BYTES, end);
  }

  /** Drops all pieces before `index`, and so many bytes of that one. */
  private dropUpTo(index: number, bytes: number): void {
    const rest = (this.pieces[index] as Buffer).subarray(bytes);
    this.pieces.splice(0, rest.length > 0 ? index : index + 1);
    if (rest.length > 0) this.pieces[0] = rest;
  }

  /** Length of the request that has begun to arrive. */
  announcedBytes(): number | undefined {
    if (this.assembled) return this.assembled.frame.length - LENGTH_BYTES;
    if (this.buffered < LENGTH_BYTES) return undefined;
    if ((this.pieces[0] as Buffer).length < LENGTH_BYTES) this.pieces = [Buffer.concat(this.pieces)];
    const size = (this.pieces[0] as Buffer).readInt32BE(0);
    if (size < 0 || size > REQUEST_BYTES_MAX) throw new WireFormatError(`request of ${size} bytes`);
    return size;
  }
}
