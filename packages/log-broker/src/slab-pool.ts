import { free } from './free-memory.ts';
import { SLABS_AHEAD_MAX, SLABS_KEPT_MAX, SLAB_AHEAD_MS, SLAB_BYTES } from './limits.ts';

/** What is read from its beginning to its end, a slab at a time. */
export interface SequentialSource {
  /** Fills the buffer from `position` on. False when there is less than that, or nothing may be read any more. */
  fill(buffer: Buffer, position: number): boolean;
}

export interface NextRead {
  readonly source: SequentialSource;
  readonly position: number;
}

/**
 * Buffers for large reads, used again or freed when the answer with their bytes is sent. If that were left to the collector, it
 * would run all the time, or hundreds of megabytes would wait for it. One that is not given back is left to it.
 *
 * A reader that is behind reads one slab after the other. While it handles one, the next is read, so that it need not wait.
 */
export class SlabPool {
  private readonly kept: Buffer[] = [];
  private readonly ahead: Array<NextRead & { readonly slab: Buffer; readonly at: number }> = [];

  get keptSlabs(): number {
    return this.kept.length + this.ahead.length;
  }

  /** A slab for a read of about its size; a buffer of its own for any other. The content is random. */
  take(bytes: number): Buffer {
    if (bytes > SLAB_BYTES || bytes <= SLAB_BYTES / 4) return Buffer.allocUnsafe(bytes);
    return (this.kept.pop() ?? Buffer.allocUnsafeSlow(SLAB_BYTES)).subarray(0, bytes);
  }

  /** Takes back what `take` or `takeAhead` has returned. Nobody may use it from then on. */
  giveBack(slab: Buffer): void {
    const { buffer } = slab;
    if (buffer.byteLength !== SLAB_BYTES) free(slab);
    else if (this.keptSlabs < SLABS_KEPT_MAX) this.kept.push(Buffer.from(buffer));
    else free(Buffer.from(buffer));
  }

  /** Reads what is probably wanted next, unless as many others have just done so, or there is no slab to spare. */
  readAhead({ source, position }: NextRead): void {
    const now = performance.now();
    const [oldest] = this.ahead;
    if (oldest && now - oldest.at > SLAB_AHEAD_MS) this.kept.push((this.ahead.shift() as typeof oldest).slab);
    const slab = this.ahead.length < SLABS_AHEAD_MAX ? this.kept.pop() : undefined;
    if (!slab) return;
    if (fills(source, slab, position)) this.ahead.push({ source, position, slab, at: now });
    else this.kept.push(slab);
  }

  /** These bytes, if they were read ahead. */
  takeAhead(source: SequentialSource, position: number, bytes: number): Buffer | undefined {
    // As in `take`: a few bytes must not hold a slab.
    if (bytes > SLAB_BYTES || bytes <= SLAB_BYTES / 4) return undefined;
    const index = this.ahead.findIndex((each) => each.source === source && each.position === position);
    return index === -1 ? undefined : this.ahead.splice(index, 1)[0]?.slab.subarray(0, bytes);
  }
}

/** A read that fails is reported to the reader who wants the bytes, not to the one who wanted those before. */
function fills(source: SequentialSource, slab: Buffer, position: number): boolean {
  try {
    return source.fill(slab, position);
  } catch {
    return false;
  }
}

/** Slabs with the bytes of an answer, from when they are read until they are sent. */
export class AnswerSlabs {
  private readonly pool: SlabPool;
  private taken: Buffer[] = [];
  private next: NextRead[] = [];

  constructor(pool: SlabPool) {
    this.pool = pool;
  }

  readonly take = (bytes: number): Buffer => {
    const slab = this.pool.take(bytes);
    this.taken.push(slab);
    return slab;
  };

  /** As `SlabPool.takeAhead`. */
  takeAhead(source: SequentialSource, position: number, bytes: number): Buffer | undefined {
    // A large answer goes on there by itself.
    this.next = this.next.filter((each) => each.source !== source || each.position !== position);
    const slab = this.pool.takeAhead(source, position, bytes);
    if (slab) this.taken.push(slab);
    return slab;
  }

  /** Notes where a reader who has got a whole slab goes on. */
  expect(next: NextRead): void {
    this.next.push(next);
  }

  /** Ends the answer. The caller calls the result once its bytes are sent or dropped; undefined if it has none of the slabs. */
  end(): ((isSent: boolean) => void) | undefined {
    const { taken, next, pool } = this;
    if (taken.length === 0) return undefined;
    this.taken = [];
    this.next = [];
    return (isSent) => {
      for (const slab of taken) pool.giveBack(slab);
      if (isSent) for (const each of next) pool.readAhead(each);
    };
  }
}
