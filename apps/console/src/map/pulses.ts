import { Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import type { Pulses } from '../api.ts';
import { BrokerFigures } from '../broker/broker-figures.ts';
import { PULSES_MAX } from '../limits.ts';
import { MAIL_GROUP, owesMail } from '../scoreboard/owed-mails.ts';
import { EventFeed, groupOf } from '../sources/event-feed.ts';
import { PUBLISHED } from './flow.ts';

type Pulse = Pulses['pulses'][number];

/** What moved since it was taken last: at most PULSES_MAX, each with the same chance. */
@Injectable()
export class PulseSampler implements OnApplicationShutdown {
  readonly #broker: BrokerFigures;
  #kept: Pulse[] = [];
  #seen = 0;
  #sampledAt = 0;

  constructor(feed: EventFeed, broker: BrokerFigures) {
    this.#broker = broker;
    feed.on('events', (service, events) => {
      for (const one of events) {
        const { name, event, topic, partition } = one;
        const group = groupOf(service, one);
        if (name !== 'record.handled' || typeof topic !== 'string' || typeof partition !== 'number') continue;
        this.#sample(() => ({ edge: `consume:${topic}>${group}`, topic, partition }));
        if (group === MAIL_GROUP && typeof event === 'string' && owesMail(event)) {
          this.#sample(() => ({ edge: `deliver:${group}`, topic, partition }));
        }
      }
    });
  }

  take(): readonly Pulse[] {
    this.#addPublished();
    const taken = this.#kept;
    this.#kept = [];
    this.#seen = 0;
    return taken;
  }

  onApplicationShutdown(): void {
    this.#kept = [];
  }

  #addPublished(): void {
    const [before, after] = [this.#broker.previous, this.#broker.latest];
    if (before === undefined || after === undefined || after.at === this.#sampledAt) return;
    this.#sampledAt = after.at;
    for (const [topic, ends] of after.ends) {
      const edge = PUBLISHED.find((one) => one.topic === topic);
      if (edge === undefined) continue;
      for (const [partition, end] of ends) {
        const records = Number(end - (before.ends.get(topic)?.get(partition) ?? end));
        for (let record = 0; record < Math.min(records, PULSES_MAX); record += 1) {
          this.#sample(() => ({ edge: `publish:${edge.service}>${topic}`, topic, partition }));
        }
      }
    }
  }

  /** Most are not kept, and are not made. */
  #sample(pulse: () => Pulse): void {
    this.#seen += 1;
    const place = this.#kept.length < PULSES_MAX ? this.#kept.length : Math.floor(Math.random() * this.#seen);
    if (place < PULSES_MAX) this.#kept[place] = pulse();
  }
}
