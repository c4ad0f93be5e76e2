import { Controller, Get, Res } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import type { Frame, JourneySummary } from '../api.ts';
import { ConsoleProblem } from '../http/problem.ts';
import { LatestJourneys } from '../journeys/latest-journeys.ts';
import { FRAME_EVERY_MS, PULSES_EVERY_MS, STREAM_BUFFERED_BYTES_MAX, STREAMS_MAX } from '../limits.ts';
import { LiveMapService } from '../map/live-map.service.ts';
import { PulseSampler } from '../map/pulses.ts';
import { Audience } from '../sources/audience.ts';
import { ScoreboardService } from '../scoreboard/scoreboard.service.ts';
import { frameEvent, journeysEvents, pulsesEvent, shownOf } from './stream-events.ts';

interface Tab {
  readonly response: ServerResponse;
  /** The newest journeys as it has them. */
  journeys: readonly JourneySummary[];
  /** Frames that it did not read in time. */
  dropped: number;
}

/** One stream a tab: a frame of all figures once a second, and what moves. A tab that does not read gets gaps and makes no other wait. */
@Controller('api/stream')
export class StreamController implements OnApplicationShutdown {
  readonly #tabs = new Set<Tab>();
  readonly #scoreboard: ScoreboardService;
  readonly #map: LiveMapService;
  readonly #pulses: PulseSampler;
  readonly #journeys: LatestJourneys;
  readonly #audience: Audience;
  #frames: NodeJS.Timeout | undefined;
  #moves: NodeJS.Timeout | undefined;

  constructor(
    scoreboard: ScoreboardService,
    map: LiveMapService,
    pulses: PulseSampler,
    journeys: LatestJourneys,
    audience: Audience,
  ) {
    this.#audience = audience;
    this.#scoreboard = scoreboard;
    this.#map = map;
    this.#pulses = pulses;
    this.#journeys = journeys;
    scoreboard.on('verdict', () => this.#sendFrames());
  }

  @Get()
  open(@Res() response: ServerResponse): void {
    if (this.#tabs.size >= STREAMS_MAX) {
      throw new ConsoleProblem(503, `${STREAMS_MAX} tabs are open already.`, 'Close one of them.', {
        code: 'too-many-tabs',
        params: { tabs: String(STREAMS_MAX) },
      });
    }
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    const tab: Tab = { response, journeys: [], dropped: 0 };
    this.#tabs.add(tab);
    this.#audience.enter();
    if (this.#tabs.size === 1) this.#start();
    response.once('close', () => {
      this.#tabs.delete(tab);
      this.#audience.leave();
      if (this.#tabs.size === 0) this.#stop();
    });
    response.write('retry: 1000\n\n');
    this.#sendFrame(tab, this.#frame());
  }

  onApplicationShutdown(): void {
    this.#stop();
    for (const { response } of this.#tabs) response.destroy();
  }

  #start(): void {
    this.#pulses.take();
    this.#journeys.start();
    this.#frames = setInterval(() => this.#sendFrames(), FRAME_EVERY_MS);
    this.#moves = setInterval(() => this.#sendPulses(), PULSES_EVERY_MS);
  }

  #stop(): void {
    this.#journeys.stop();
    clearInterval(this.#frames);
    clearInterval(this.#moves);
  }

  #frame(): Omit<Frame, 'dropped'> {
    return {
      at: new Date().toISOString(),
      scoreboard: shownOf(this.#scoreboard.latest),
      map: this.#map.read(),
      deadLetters: this.#map.deadLetters,
    };
  }

  #sendFrames(): void {
    if (this.#tabs.size === 0) return;
    const frame = this.#frame();
    for (const tab of this.#tabs) this.#sendFrame(tab, frame);
  }

  #sendFrame(tab: Tab, frame: Omit<Frame, 'dropped'>): void {
    if (!isReading(tab)) return;
    tab.response.write(frameEvent({ ...frame, dropped: tab.dropped }));
    const { journeys } = this.#journeys;
    if (tab.journeys === journeys) return;
    const had = new Set(tab.journeys);
    tab.journeys = journeys;
    for (const event of journeysEvents(
      journeys,
      journeys.filter((one) => !had.has(one)),
    )) {
      tab.response.write(event);
    }
  }

  #sendPulses(): void {
    const pulses = this.#pulses.take();
    if (pulses.length === 0) return;
    const text = pulsesEvent({ pulses });
    for (const tab of this.#tabs) if (isReading(tab)) tab.response.write(text);
  }
}

function isReading(tab: Tab): boolean {
  const { response } = tab;
  if (!response.writableNeedDrain) return true;
  tab.dropped += 1;
  // It opens the stream again by itself.
  if (response.writableLength > STREAM_BUFFERED_BYTES_MAX) response.destroy();
  return false;
}
