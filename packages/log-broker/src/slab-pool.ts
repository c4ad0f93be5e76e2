import { free } from './free-memory.ts';
import { SLAB_BYTES, SLABS_KEPT_MAX } from './limits.ts';

/**
 * Buffers for large reads, used again or freed when the answer with their bytes is sent. If that were left to the collector, it
 * would run all the time, or hundreds of megabytes would wait for it. One that is not given back is left to it.
 */
export class SlabPool {
  private readonly kept: Buffer[] = [];

  get keptSlabs(): number {
    return this.kept.length;
  }

  /** A slab for a read of about its size; a buffer of its own for any other. The content is random. */
  take(bytes: number): Buffer {
    if (bytes > SLAB_BYTES || bytes <= SLAB_BYTES / 4) return Buffer.allocUnsafe(bytes);
    return (this.kept.pop() ?? Buffer.allocUnsafeSlow(SLAB_BYTES)).subarray(0, bytes);
  }

  /** Takes back what `take` has returned. Nobody may use it from then on. */
  giveBack(slab: Buffer): void {
    const { buffer } = slab;
    if (buffer.byteLength !== SLAB_BYTES) free(slab);
    else if (this.kept.length < SLABS_KEPT_MAX) this.kept.push(Buffer.from(buffer));
    else free(Buffer.from(buffer));
  }
}
