import { SLAB_BYTES, SLABS_KEPT_MAX } from './limits.ts';

/**
 * Buffers for large reads, used again when the answer with their bytes is sent. New ones for each would make the collector run
 * all the time: each counts as much as a million small objects. One that is not given back is left to the collector.
 */
export class SlabPool {
  private readonly free: Buffer[] = [];

  get keptSlabs(): number {
    return this.free.length;
  }

  /** A slab for a read of about its size; a buffer of its own for any other. The content is random. */
  take(bytes: number): Buffer {
    if (bytes > SLAB_BYTES || bytes <= SLAB_BYTES / 4) return Buffer.allocUnsafe(bytes);
    return (this.free.pop() ?? Buffer.allocUnsafeSlow(SLAB_BYTES)).subarray(0, bytes);
  }

  /** Takes back what `take` has returned. Nobody may use it from then on. */
  giveBack({ buffer }: Buffer): void {
    if (buffer.byteLength === SLAB_BYTES && this.free.length < SLABS_KEPT_MAX) this.free.push(Buffer.from(buffer));
  }
}
