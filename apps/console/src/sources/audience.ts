import { EventEmitter } from 'node:events';
import { Injectable } from '@nestjs/common';
import { UNWATCHED_EVERY_MS } from '../limits.ts';

/** Whether a tab is open. Without one the figures are read seldom; the first tab has them read at once. */
@Injectable()
export class Audience extends EventEmitter<{ arrived: [] }> {
  #tabs = 0;

  enter(): void {
    this.#tabs += 1;
    if (this.#tabs === 1) this.emit('arrived');
  }

  leave(): void {
    this.#tabs -= 1;
  }

  /**
   * Repeats `round` every so many milliseconds while a tab is open; all at the same moments, since to wake up costs more than most
   * rounds do. Returns how to stop.
   */
  repeat(round: () => Promise<void>, pauseMs: () => number): () => void {
    let timer: NodeJS.Timeout | undefined;
    let isRunning = false;
    let isStopped = false;
    const run = async (): Promise<void> => {
      clearTimeout(timer);
      isRunning = true;
      await round();
      isRunning = false;
      if (!isStopped) timer = setTimeout(() => void run(), untilNext(this.#tabs > 0 ? pauseMs() : UNWATCHED_EVERY_MS));
    };
    const onArrived = (): void => {
      if (!isRunning && !isStopped) void run();
    };
    this.on('arrived', onArrived);
    void run();
    return () => {
      isStopped = true;
      clearTimeout(timer);
      this.off('arrived', onArrived);
    };
  }
}

/** Milliseconds until the clock shows a whole number of these. */
function untilNext(everyMs: number): number {
  return everyMs - (Date.now() % everyMs);
}
