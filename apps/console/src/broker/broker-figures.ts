import { eventCatalog } from '@event-bus/event-catalog';
import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { CONFIG } from '../config.ts';
import type { ConsoleConfig } from '../config.ts';
import { FIGURES_EVERY_MS, RATE_SECONDS } from '../limits.ts';
import { Audience } from '../sources/audience.ts';
import { BrokerReader } from './broker-reader.ts';
import { kindOf } from './kind-of-broker.ts';
import type { BrokerKind } from './kind-of-broker.ts';

/** Offsets by partition. */
type Offsets = ReadonlyMap<number, bigint>;

export interface BrokerSample {
  readonly at: number;
  /** The next offset of each partition, by topic. */
  readonly ends: ReadonlyMap<string, Offsets>;
  /** Of the first record that is kept. */
  readonly firsts: ReadonlyMap<string, Offsets>;
  /** What a group reads next, by `topic>group`; of its topics alone. */
  readonly committed: ReadonlyMap<string, Offsets>;
}

const TOPICS = [...new Set(eventCatalog.map(({ topic }) => topic.name))];

/** Ends of the catalog's topics and offsets of the services' groups, once a second; with those of the last seconds, for rates. */
@Injectable()
export class BrokerFigures implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #broker: BrokerReader;
  readonly #audience: Audience;
  readonly #groups: readonly string[];
  readonly #samples: BrokerSample[] = [];
  #problem: { readonly detail: string; readonly since: string } | undefined;
  #kind: BrokerKind | null = null;
  #stop = (): void => undefined;

  constructor(broker: BrokerReader, audience: Audience, @Inject(CONFIG) config: ConsoleConfig) {
    this.#broker = broker;
    this.#audience = audience;
    this.#groups = [...config.SERVICES.keys()];
  }

  onApplicationBootstrap(): void {
    this.#stop = this.#audience.repeat(
      () => this.#round(),
      () => FIGURES_EVERY_MS,
    );
  }

  onApplicationShutdown(): void {
    this.#stop();
  }

  /** As the broker was when it answered last; null before its first answer. */
  get kind(): BrokerKind | null {
    return this.#kind;
  }

  /** undefined while the broker does not answer. */
  get latest(): BrokerSample | undefined {
    return this.#problem === undefined ? this.#samples.at(-1) : undefined;
  }

  get previous(): BrokerSample | undefined {
    return this.#problem === undefined ? this.#samples.at(-2) : undefined;
  }

  get problem(): { readonly detail: string; readonly since: string } | undefined {
    return this.#problem;
  }

  /** Records a second of the last RATE_SECONDS. */
  rate(offsetsOf: (sample: BrokerSample) => Offsets | undefined): number | null {
    const [first, last] = [this.#samples[0], this.latest];
    if (first === undefined || last === undefined || first === last) return null;
    const [before, after] = [offsetsOf(first), offsetsOf(last)];
    if (before === undefined || after === undefined) return null;
    let records = 0n;
    for (const [partition, offset] of after) records += offset - (before.get(partition) ?? offset);
    // Deleted and created again, a topic begins at 0.
    return records < 0n ? null : Number(records) / ((last.at - first.at) / 1_000);
  }

  async #round(): Promise<void> {
    try {
      const sample = await this.#read();
      this.#problem = undefined;
      this.#samples.push(sample);
      while (sample.at - this.#samples[0]!.at > RATE_SECONDS * 1_000 + FIGURES_EVERY_MS / 2) this.#samples.shift();
    } catch (error) {
      this.#problem ??= { detail: (error as Error).message, since: new Date().toISOString() };
      this.#samples.length = 0;
    }
  }

  async #read(): Promise<BrokerSample> {
    return this.#broker.use(async (broker) => {
      const { admin } = broker;
      this.#kind = kindOf(broker);
      const known = new Set(await admin.listTopics());
      const topics = TOPICS.filter((topic) => known.has(topic));
      const [offsets, committed] = await Promise.all([
        Promise.all(topics.map(async (topic) => [topic, await admin.fetchTopicOffsets(topic)] as const)),
        Promise.all(this.#groups.map(async (group) => [group, await admin.fetchOffsets({ groupId: group })] as const)),
      ]);
      const byTopic = (side: 'high' | 'low'): ReadonlyMap<string, Offsets> =>
        new Map(
          offsets.map(([topic, partitions]) => [
            topic,
            new Map(partitions.map((one) => [one.partition, BigInt(one[side])])),
          ]),
        );
      return {
        at: performance.now(),
        ends: byTopic('high'),
        firsts: byTopic('low'),
        committed: new Map(
          committed.flatMap(([group, ofGroup]) =>
            ofGroup.map(({ topic, partitions }) => [
              `${topic}>${group}`,
              new Map(
                partitions
                  .filter(({ offset }) => !offset.startsWith('-'))
                  .map((one) => [one.partition, BigInt(one.offset)]),
              ),
            ]),
          ),
        ),
      };
    });
  }
}
