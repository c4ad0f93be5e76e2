import { REQUEST_BYTES_MAX } from '../limits.ts';
import { WireFormatError } from '../wire/byte-reader.ts';

/** Bytes of the length before each request. */
const LENGTH_BYTES = 4;

/** Pieces shorter than this are joined as they come: each costs a hundred bytes besides what it holds. */
const SMALL_PIECE_BYTES = 4_096;

/**
 * Cuts a byte stream into requests: a 4-byte length, then so many bytes. Pieces are kept as they come and joined once,
 * so a client that announces much and sends little costs little, and one that sends byte by byte not much more.
 */
export class FrameReader {
  private pieces: Buffer[] = [];
  private buffered = 0;

  get bufferedBytes(): number {
    return this.buffered;
  }

  get pieceCount(): number {
    return this.pieces.length;
  }

  push(piece: Buffer): void {
    this.pieces.push(piece);
    this.buffered += piece.length;
    if (piece.length < SMALL_PIECE_BYTES) this.joinSmallPieces();
  }

  /** Joins neighbours of like size, so that a byte is copied a dozen times at most. */
  private joinSmallPieces(): void {
    for (;;) {
      const last = this.pieces.at(-1);
      const before = this.pieces.at(-2);
      if (!last || !before || last.length >= SMALL_PIECE_BYTES || before.length > 2 * last.length) return;
      this.pieces.splice(-2, 2, Buffer.concat([before, last]));
    }
  }

  /**
   * The next whole request without its length, or undefined when more bytes are needed.
   *
   * @throws {WireFormatError} for a length no request has
   */
  next(): Buffer | undefined {
    const size = this.announcedBytes();
    if (size === undefined || this.buffered < LENGTH_BYTES + size) return undefined;
    const joined = this.pieces.length === 1 ? (this.pieces[0] as Buffer) : Buffer.concat(this.pieces, this.buffered);
    const end = LENGTH_BYTES + size;
    this.pieces = joined.length > end ? [joined.subarray(end)] : [];
    this.buffered -= end;
    return joined.subarray(LENGTH_BYTES, end);
  }

  /** Length of the request that has begun to arrive. */
  announcedBytes(): number | undefined {
    if (this.buffered < LENGTH_BYTES) return undefined;
    if ((this.pieces[0] as Buffer).length < LENGTH_BYTES) this.pieces = [Buffer.concat(this.pieces)];
    const size = (this.pieces[0] as Buffer).readInt32BE(0);
    if (size < 0 || size > REQUEST_BYTES_MAX) throw new WireFormatError(`request of ${size} bytes`);
    return size;
  }
}
