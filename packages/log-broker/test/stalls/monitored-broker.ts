import fs from 'node:fs';
import { PerformanceObserver } from 'node:perf_hooks';
import type { PerformanceEntry } from 'node:perf_hooks';
import { startBroker } from '../../src/index.ts';

// A broker in a process of its own that measures its event loop. Run by `stalls.int.spec.ts` with the data folder as its
// argument; it sends its address, and on `report` its measurements since the last one.

/** What a turn of the event loop costs other clients. */
export interface TurnReport {
  /**
   * Processor time of the code in the longest turn. It does not count waits on a busy machine, garbage collection, or the
   * system's time to copy an answer to a socket, which grows tenfold under memory pressure.
   */
  readonly longestTurnMs: number;
  /** Processor time of the system in one turn, for information. */
  readonly systemMs: number;
  /** Garbage collection within one turn, wall clock, for information. */
  readonly collectionMs: number;
  /** Most waits for the disk itself within one turn. */
  readonly blockingSyncs: number;
  /** Wall clock, for information. */
  readonly longestWaitMs: number;
}

/** A shorter turn is counted together with its neighbours. */
const TICK_MS = 4;

let syncs = 0;
for (const name of ['fsyncSync', 'fdatasyncSync'] as const) {
  const original = fs[name];
  fs[name] = (descriptor) => {
    syncs++;
    original(descriptor);
  };
}

const usage = (): { userMs: number; systemMs: number; at: number } => {
  const { user, system } = process.threadCpuUsage();
  return { userMs: user / 1_000, systemMs: system / 1_000, at: performance.now() };
};

/** Long turns. Which of them had garbage collection is known only later. */
const LONG_TURN_MS = 25;
/** A turn takes the system up to 50 ms, however much it copies; reclaiming memory took it 1,000 to 8,000 ms. */
const SHORT_OF_MEMORY_MS = 500;

let longTurns: { from: number; to: number; userMs: number }[] = [];
let collections: PerformanceEntry[] = [];
const observer = new PerformanceObserver((list) => void collections.push(...list.getEntries()));
observer.observe({ entryTypes: ['gc'] });
const collectedIn = (from: number, to: number): number =>
  collections
    .filter(({ startTime }) => startTime >= from && startTime <= to)
    .reduce((sum, { duration }) => sum + duration, 0);

let longestTurnMs = 0;
let blockingSyncs = 0;
let longestWaitMs = 0;
let systemMs = 0;
let last = usage();
function tick(): void {
  const now = usage();
  const turn = { from: last.at, to: now.at, userMs: now.userMs - last.userMs };
  const turnSystemMs = now.systemMs - last.systemMs;
  systemMs = Math.max(systemMs, turnSystemMs);
  // The system was short of memory: some of what that took is counted as code, and nothing is known of the code.
  if (turnSystemMs > SHORT_OF_MEMORY_MS && turnSystemMs > turn.userMs) turn.userMs = 0;
  if (turn.userMs > LONG_TURN_MS) longTurns.push(turn);
  else longestTurnMs = Math.max(longestTurnMs, turn.userMs);
  longestWaitMs = Math.max(longestWaitMs, now.at - last.at - TICK_MS);
  blockingSyncs = Math.max(blockingSyncs, syncs);
  syncs = 0;
  last = now;
}

const [data = '', extra = '{}'] = process.argv.slice(2);
const broker = await startBroker({ data, listen: { port: 0 }, ...(JSON.parse(extra) as object) });
setInterval(tick, TICK_MS);
process.on('message', (message) => {
  if (message !== 'report') return;
  tick();
  collections.push(...observer.takeRecords());
  let collectionMs = 0;
  for (const { from, to, userMs } of longTurns) {
    const collectedMs = collectedIn(from, to);
    collectionMs = Math.max(collectionMs, collectedMs);
    longestTurnMs = Math.max(longestTurnMs, userMs - collectedMs);
  }
  process.send?.({ longestTurnMs, systemMs, collectionMs, blockingSyncs, longestWaitMs } satisfies TurnReport);
  [longestTurnMs, systemMs, blockingSyncs, longestWaitMs, longTurns, collections] = [0, 0, 0, 0, [], []];
});
process.on('disconnect', () => void broker.close().then(() => process.exit()));
process.send?.(`${broker.host}:${broker.port}`);
