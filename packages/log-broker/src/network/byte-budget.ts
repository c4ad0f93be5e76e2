/**
 * A bound on bytes held at once by many connections. A request for room is granted while any is left, so the bound can be
 * passed by one item, and a large item never waits for ever.
 */
export class ByteBudget {
  private used = 0;
  private readonly max: number;
  private readonly waiting: (() => void)[] = [];

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

  /** Takes the bytes if there is room at all. */
  tryTake(bytes: number): boolean {
    if (this.used >= this.max) return false;
    this.used += bytes;
    return true;
  }

  /** Takes the bytes, room or not: they are there already. */
  take(bytes: number): void {
    this.used += bytes;
  }

  /** Calls back when there is room again. */
  onceRoom(callback: () => void): void {
    this.waiting.push(callback);
  }

  giveBack(bytes: number): void {
    this.used -= bytes;
    while (this.used < this.max) {
      const next = this.waiting.shift();
      if (!next) return;
      next();
    }
  }
}
