import { free } from '../free-memory.ts';
import { REQUEST_BYTES_MAX } from '../limits.ts';
import { WireFormatError } from '../wire/byte-reader.ts';

/** Bytes of the length before each request. */
const LENGTH_BYTES = 4;

/** Each request begins with its API key. */
const KEY_BYTES = 2;

/** Pieces shorter than this are joined as they arrive: each has an overhead of a hundred bytes. */
const SMALL_PIECE_BYTES = 4_096;

/** A request that is put together, with its length, and how much of it is there. */
interface Frame {
  readonly frame: Buffer;
  bytes: number;
}

/**
 * Cuts a byte stream into requests: a 4-byte length, then so many bytes. Pieces are kept as they arrive and joined
 * once, so a client that announces much and sends little costs little, and one that sends single bytes not much more.
 */
export class FrameReader {
  private pieces: Buffer[] = [];
  private buffered = 0;
  /** The request that is assembled as it arrives. */
  private assembled: Frame | undefined;

  get bufferedBytes(): number {
    return this.buffered;
  }

  get pieceCount(): number {
    return this.pieces.length;
  }

  push(arrived: Buffer): void {
    this.buffered += arrived.length;
    const rest = this.assembled ? moveTo(this.assembled, arrived) : arrived;
    if (rest === undefined) return;
    this.pieces.push(rest);
    if (rest.length < SMALL_PIECE_BYTES) this.joinSmallPieces();
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
      if (first.length > end) this.pieces[0] = first.subarray(end);
      else this.pieces.shift();
      return first.subarray(LENGTH_BYTES, end);
    }
    const whole = { frame: scratch && scratch.length >= end ? scratch : Buffer.allocUnsafe(end), bytes: 0 };
    while (whole.bytes < end) {
      const rest = moveTo(whole, this.pieces.shift() as Buffer, end);
      if (rest) this.pieces.unshift(rest);
    }
    return whole.frame.subarray(LENGTH_BYTES, end);
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

/** Copies what belongs to the request, up to `end`, and returns the rest. A piece without one is freed: no request has a view of it. */
function moveTo(to: Frame, piece: Buffer, end = to.frame.length): Buffer | undefined {
  const taken = piece.copy(to.frame, to.bytes, 0, Math.min(piece.length, end - to.bytes));
  to.bytes += taken;
  if (taken < piece.length) return piece.subarray(taken);
  free(piece);
  return undefined;
}
