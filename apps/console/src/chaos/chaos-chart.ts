import { Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import type { Chaos, Scoreboard } from '../api.ts';
import { CHART_POINTS_MAX, FRAME_EVERY_MS } from '../limits.ts';
import { ScoreboardService } from '../scoreboard/scoreboard.service.ts';

/** Two minutes of the scoreboard's figures, a point a second. */
@Injectable()
export class ChaosChart implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #scoreboard: ScoreboardService;
  readonly #points: Array<Chaos['chart'][number]> = [];
  #before: Scoreboard | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Set by the last read of the supervisor. */
  hasFault = false;

  constructor(scoreboard: ScoreboardService) {
    this.#scoreboard = scoreboard;
  }

  onApplicationBootstrap(): void {
    this.#timer = setInterval(() => this.#add(), FRAME_EVERY_MS);
  }

  onApplicationShutdown(): void {
    clearInterval(this.#timer);
  }

  get points(): Chaos['chart'] {
    return this.#points;
  }

  #add(): void {
    const [before, after] = [this.#before, this.#scoreboard.latest];
    this.#before = after;
    const rate = (term: 'accepted' | 'mailed'): number | null => {
      const [first, last] = [before?.[term], after[term]];
      return first == null || last === null ? null : Math.max(0, last - first);
    };
    this.#points.push({
      at: new Date().toISOString(),
      acceptedPerSecond: rate('accepted'),
      mailedPerSecond: rate('mailed'),
      parked: after.parked,
      hasFault: this.hasFault,
    });
    if (this.#points.length > CHART_POINTS_MAX) this.#points.shift();
  }
}
