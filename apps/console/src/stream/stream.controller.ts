import { Controller, Get, Res } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import type { Frame } from '../api.ts';
import { ConsoleProblem } from '../http/problem.ts';
import { LatestJourneys } from '../journeys/latest-journeys.ts';
import { FRAME_EVERY_MS, PULSES_EVERY_MS, STREAM_BUFFERED_BYTES_MAX, STREAMS_MAX } from '../limits.ts';
import { LiveMapService } from '../map/live-map.service.ts';
import { PulseSampler } from '../map/pulses.ts';
import { Audience } from '../sources/audience.ts';
import { ScoreboardService } from '../scoreboard/scoreboard.service.ts';

interface Tab {
  readonly response: ServerResponse;
  /** Version of the latest journeys that it has. */
  latest: number;
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
      throw new ConsoleProblem(503, `${STREAMS_MAX} tabs are open already.`, 'Close one of them.');
    }
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    const tab: Tab = { response, latest: -1, dropped: 0 };
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

  #frame(): Omit<Frame, 'latest' | 'dropped'> {
    return {
      at: new Date().toISOString(),
      scoreboard: this.#scoreboard.latest,
      map: this.#map.read(),
      deadLetters: this.#map.deadLetters,
    };
  }

  #sendFrames(): void {
    if (this.#tabs.size === 0) return;
    const frame = this.#frame();
    for (const tab of this.#tabs) this.#sendFrame(tab, frame);
  }

  #sendFrame(tab: Tab, frame: Omit<Frame, 'latest' | 'dropped'>): void {
    if (!isReading(tab)) return;
    const { version, journeys } = this.#journeys;
    const latest = version === tab.latest ? {} : { latest: journeys };
    tab.latest = version;
    tab.response.write(`event: frame\ndata: ${JSON.stringify({ ...frame, ...latest, dropped: tab.dropped })}\n\n`);
  }

  #sendPulses(): void {
    const pulses = this.#pulses.take();
    if (pulses.length === 0) return;
    const text = `event: pulses\ndata: ${JSON.stringify({ pulses })}\n\n`;
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
