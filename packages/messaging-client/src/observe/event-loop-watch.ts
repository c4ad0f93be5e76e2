import { url as inspectorUrl } from 'node:inspector';
import { Worker } from 'node:worker_threads';
import { Logger } from '@nestjs/common';
import { EVENT_LOOP_BLOCKED_END_MS, EVENT_LOOP_BLOCKED_REPORT_MS, EVENT_LOOP_WATCH_MS } from '../limits.ts';
import { SharedHandlers } from './shared-handlers.ts';

/** Bounds of `watchEventLoop()`, in milliseconds. */
export interface EventLoopWatchOptions {
  /** When a loop that stands still is reported; EVENT_LOOP_BLOCKED_REPORT_MS unless given. */
  readonly reportAfterMs?: number;
  /** When its process is ended; EVENT_LOOP_BLOCKED_END_MS unless given. */
  readonly endAfterMs?: number;
}

/** What the watchdog thread needs to know. */
export interface WatchdogData {
  readonly memory: SharedArrayBuffer;
  readonly pid: number;
  readonly pollMs: number;
  readonly reportAfterMs: number;
  readonly endAfterMs: number;
}

const logger = new Logger('EventLoopWatch');

let handlers: SharedHandlers | undefined;

/**
 * Watches this process for a handler, or anything else, that computes without end: then no time-out fires, no probe is
 * answered, and nothing in the process can report it. A thread of its own does: it reports on standard error which
 * handlers were running, and ends the process with SIGKILL in the end, so that what restarts it can. A record that ends its
 * process in this way is counted by the poison guard.
 * @returns a function that ends the watch
 */
export function watchEventLoop({
  reportAfterMs = EVENT_LOOP_BLOCKED_REPORT_MS,
  endAfterMs = EVENT_LOOP_BLOCKED_END_MS,
}: EventLoopWatchOptions = {}): () => void {
  const shared = new SharedHandlers();
  handlers = shared;
  const workerData: WatchdogData = {
    memory: shared.memory,
    pid: process.pid,
    pollMs: EVENT_LOOP_WATCH_MS,
    reportAfterMs,
    endAfterMs,
  };
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const worker = new Worker(new URL(`./event-loop-watchdog.${extension}`, import.meta.url), {
    workerData,
    execArgv: [],
    // What a process is made to load by NODE_OPTIONS, such as a tracer, is for its own thread.
    env: { ...process.env, NODE_OPTIONS: '' },
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 },
  });
  worker.on('error', (error) => logger.warn({ err: error }, 'the event loop is not watched any more; all else works'));
  worker.unref();
  const beats = setInterval(() => shared.beat(inspectorUrl() !== undefined), EVENT_LOOP_WATCH_MS).unref();
  return () => {
    clearInterval(beats);
    handlers = undefined;
    void worker.terminate();
  };
}

/**
 * Notes for the watchdog that a handler is about to run.
 * @returns a function that strikes it out
 */
export function noteHandler(describe: () => string): () => void {
  return handlers?.note(describe()) ?? nothing;
}

function nothing(): void {}
