const { now } = Date;
let shiftMs = 0;

/** A shifted clock, as this process sees it. Timers are not affected, as when a machine's clock is set. */
export function shiftClock(byMs: number): void {
  shiftMs = byMs;
  if (Date.now !== now) return;
  const shiftedNow = (): number => now() + shiftMs;
  globalThis.Date = new Proxy(Date, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [shiftedNow()] : args, newTarget) as Date,
  });
  Date.now = shiftedNow;
}
