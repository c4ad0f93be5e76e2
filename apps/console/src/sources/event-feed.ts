import { eventsFrame } from '@event-bus/service-kit/admin';
import type { EventsFrame } from '@event-bus/service-kit/admin';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { CONFIG } from '../config.ts';
import type { ConsoleConfig } from '../config.ts';
import { sampled } from './sampled.ts';
import { openResponse } from './send-request.ts';
import { FEED_FRAME_CHARACTERS_MAX, FEED_RECONNECT_MS, FEED_SILENT_MS_MAX } from '../limits.ts';

const frameRead = z.strictObject({ ...eventsFrame.shape, events: sampled(eventsFrame.shape.events.element) });

export type ServiceEvent = EventsFrame['events'][number];

type Events = {
  events: [service: string, events: readonly ServiceEvent[]];
  /** Some were lost; null: nobody knows how many. */
  gap: [service: string, dropped: number | null];
};

/** What happens in the services, as they report it: one connection to each, kept open. */
@Injectable()
export class EventFeed extends EventEmitter<Events> implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #logger = new Logger('EventFeed');
  readonly #config: ConsoleConfig;
  readonly #stop = new AbortController();
  readonly #connected = new Set<string>();

  constructor(@Inject(CONFIG) config: ConsoleConfig) {
    super();
    this.#config = config;
  }

  /** Whether every service is being listened to. */
  get isComplete(): boolean {
    return this.#connected.size === this.#config.SERVICES_ADMIN.size;
  }

  onApplicationBootstrap(): void {
    for (const [service, address] of this.#config.SERVICES_ADMIN) void this.#follow(service, address);
  }

  onApplicationShutdown(): void {
    this.#stop.abort();
  }

  async #follow(service: string, address: string): Promise<void> {
    let lastEventId: string | undefined;
    let isReported = false;
    while (!this.#stop.signal.aborted) {
      try {
        for await (const { id, data } of this.#read(service, address, lastEventId)) {
          lastEventId = id ?? lastEventId;
          this.#take(service, data);
          isReported = false;
        }
      } catch (error) {
        if (!isReported && !this.#stop.signal.aborted) {
          this.#logger.warn(`the events of ${service} at ${address} are not received: ${String(error)}`);
        }
        isReported = true;
      }
      await delay(FEED_RECONNECT_MS, undefined, { signal: this.#stop.signal, ref: false }).catch(() => undefined);
    }
  }

  #take(service: string, data: string): void {
    const frame = frameRead.safeParse(JSON.parse(data));
    if (!frame.success) return;
    const { dropped, events } = frame.data;
    if (dropped !== 0) this.emit('gap', service, dropped);
    this.emit('events', service, events);
  }

  async *#read(
    service: string,
    address: string,
    lastEventId: string | undefined,
  ): AsyncGenerator<{ id: string | undefined; data: string }> {
    const silent = new AbortController();
    const timer = setTimeout(() => silent.abort(), FEED_SILENT_MS_MAX).unref();
    try {
      const token = this.#config.ADMIN_TOKEN;
      const headers = {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
      };
      const signal = AbortSignal.any([this.#stop.signal, silent.signal]);
      const response = await openResponse(`${address}/admin/events`, { headers }, signal);
      if (response.statusCode !== 200) {
        response.destroy();
        throw new Error(`it answers ${response.statusCode}`);
      }
      this.#connected.add(service);
      let text = '';
      response.setEncoding('utf8');
      for await (const chunk of response) {
        timer.refresh();
        text += chunk;
        if (text.length > FEED_FRAME_CHARACTERS_MAX) throw new Error('a frame is too long');
        const frames = text.split('\n\n');
        text = frames.pop() ?? '';
        for (const frame of frames) {
          const data = lineOf(frame, 'data: ');
          if (data !== undefined) yield { id: lineOf(frame, 'id: '), data };
        }
      }
    } finally {
      this.#connected.delete(service);
      clearTimeout(timer);
    }
  }
}

/** The consumer group that it is about. */
export function groupOf(service: string, { group }: ServiceEvent): string {
  // The same text where it is the same: each event has its own copy of it.
  return typeof group === 'string' && group !== service ? group : service;
}

function lineOf(frame: string, field: string): string | undefined {
  return frame
    .split('\n')
    .find((line) => line.startsWith(field))
    ?.slice(field.length);
}
