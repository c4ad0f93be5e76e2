/** The thread that watches the event loop of its process. Nothing of the process can be called here: it stands still. */
import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import type { WatchdogData } from './event-loop-watch.ts';
import { SharedHandlers } from './shared-handlers.ts';

const STANDARD_ERROR = 2;

const { memory, pid, pollMs, reportAfterMs, endAfterMs } = workerData as WatchdogData;
const shared = new SharedHandlers(memory);

let lastBeat = shared.beats;
let lastLookAt = performance.now();
let blockedMs = 0;
let isReported = false;

setInterval(look, pollMs);

function look(): void {
  const now = performance.now();
  // A process that was stopped as a whole, by SIGSTOP or with its machine, has not been blocked for that time.
  const passedMs = Math.min(now - lastLookAt, 2 * pollMs);
  lastLookAt = now;
  const beat = shared.beats;
  if (beat !== lastBeat) {
    if (isReported) say('warn', 'event loop runs again');
    lastBeat = beat;
    blockedMs = 0;
    isReported = false;
    return;
  }
  blockedMs += passedMs;
  if (blockedMs >= reportAfterMs && !isReported) {
    isReported = true;
    say('error', 'event loop blocked');
  }
  if (blockedMs >= endAfterMs && !shared.isDebugged) {
    say('fatal', 'event loop blocked, the process ends');
    process.kill(pid, 'SIGKILL');
  }
}

function say(level: string, msg: string): void {
  const time = new Date().toISOString();
  const line = {
    level,
    time,
    pid,
    context: 'EventLoop',
    blockedMs: Math.round(blockedMs),
    running: shared.running,
    msg,
  };
  try {
    writeSync(STANDARD_ERROR, `${JSON.stringify(line)}\n`);
  } catch {
    // Standard error is closed. The process is ended all the same.
  }
}
