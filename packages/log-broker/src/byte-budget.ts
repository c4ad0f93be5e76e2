/**
 * A bound on the bytes that all connections hold together. Bytes are granted while any are left, so one item may exceed the
 * bound, and a large item never waits for ever.
 */
export class ByteBudget {
  private used = 0;
  private readonly max: number;
  private readonly waiting = new Set<() => void>();

  constructor(max: number) {
    this.max = max;
  }

  get usedBytes(): number {
    return this.used;
  }

  /** Bytes left before further requests have to wait. */
  get leftBytes(): number {
    return Math.max(0, this.max - this.used);
  }

  get hasRoom(): boolean {
    return this.used < this.max;
  }

  /** Takes the bytes if any are left. */
  tryTake(bytes: number): boolean {
    if (!this.hasRoom) return false;
    this.used += bytes;
    return true;
  }

  /** Takes the bytes even if none are left: they are in memory already. */
  take(bytes: number): void {
    this.used += bytes;
  }

  /** Calls back once when there is room again, in the order of the calls. Returns how to cancel. */
  onceRoom(callback: () => void): () => void {
    const wait = () => callback();
    this.waiting.add(wait);
    return () => void this.waiting.delete(wait);
  }

  release(bytes: number): void {
    this.used -= bytes;
    while (this.hasRoom) {
      const [next] = this.waiting;
      if (!next) return;
      this.waiting.delete(next);
      next();
    }
  }
}
