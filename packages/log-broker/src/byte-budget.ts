/**
 * A bound on bytes held at once by many connections. A request for room is granted while any is left, so the bound can be
 * passed by one item, and a large item never waits for ever.
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

  /** Bytes left before newcomers have to wait. */
  get leftBytes(): number {
    return Math.max(0, this.max - this.used);
  }

  get hasRoom(): boolean {
    return this.used < this.max;
  }

  /** Takes the bytes if there is room at all. */
  tryTake(bytes: number): boolean {
    if (!this.hasRoom) return false;
    this.used += bytes;
    return true;
  }

  /** Takes the bytes, room or not: they are there already. */
  take(bytes: number): void {
    this.used += bytes;
  }

  /** Calls back once, when there is room again: who waits longest comes first. Returns how to take that back. */
  onceRoom(callback: () => void): () => void {
    const wait = () => callback();
    this.waiting.add(wait);
    return () => void this.waiting.delete(wait);
  }

  giveBack(bytes: number): void {
    this.used -= bytes;
    while (this.hasRoom) {
      const [next] = this.waiting;
      if (!next) return;
      this.waiting.delete(next);
      next();
    }
  }
}
