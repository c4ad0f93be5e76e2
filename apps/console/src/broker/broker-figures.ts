import { eventCatalog } from '@event-bus/event-catalog';
import { findOffsetsOfTopics, isNotAllowed } from '@event-bus/messaging-client/inspect';
import type { Broker } from '@event-bus/messaging-client/inspect';
import { Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { ConsoleProblem } from '../http/problem.ts';
import { FIGURES_EVERY_MS, LOGS_EVERY_MS, RATE_SECONDS } from '../limits.ts';
import { Audience } from '../sources/audience.ts';
import { BrokerReader } from './broker-reader.ts';
import { GroupWatch } from './group-watch.ts';
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
  readonly #watch: GroupWatch;
  readonly #samples: BrokerSample[] = [];
  #problem: { readonly reason: string; readonly since: string } | undefined;
  #kind: BrokerKind | null = null;
  #logs: Logs | undefined;
  #stop = (): void => undefined;

  constructor(broker: BrokerReader, audience: Audience, watch: GroupWatch) {
    this.#broker = broker;
    this.#audience = audience;
    this.#watch = watch;
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

  /** `reason`: of the connection, such as `ECONNREFUSED`, or what the broker answers. */
  get problem(): { readonly reason: string; readonly since: string } | undefined {
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
      this.#problem ??= { reason: reasonOf(error as Error), since: new Date().toISOString() };
      this.#samples.length = 0;
    }
  }

  async #read(): Promise<BrokerSample> {
    return this.#broker.use(async (broker) => {
      this.#kind = kindOf(broker);
      const { firsts } = await this.#logsOf(broker);
      const [ends, committed] = await Promise.all([
        findOffsetsOfTopics(broker.cluster, [...firsts.keys()], 'next'),
        Promise.all(this.#watch.ofServices.map(async (group) => committedBy(broker, group))),
      ]);
      return { at: performance.now(), ends, firsts, committed: new Map(committed.flat()) };
    });
  }

  /** Topics are created, and lose their oldest records, so rarely that these need not be read each second. */
  async #logsOf(broker: Broker): Promise<Logs> {
    const known = this.#logs;
    if (known?.broker === broker && performance.now() - known.readAt < LOGS_EVERY_MS) return known;
    const existing = new Set(await broker.admin.listTopics());
    const topics = TOPICS.filter((topic) => existing.has(topic));
    if (known?.broker === broker) await broker.cluster.refreshMetadata();
    const firsts = await findOffsetsOfTopics(broker.cluster, topics, 'first');
    return (this.#logs = { broker, readAt: performance.now(), firsts });
  }
}

function reasonOf(error: Error): string {
  const said = error instanceof ConsoleProblem ? error.said : undefined;
  return said?.code === 'source-unavailable' ? said.params.reason : error.message;
}

/** The topics that there are, with the first offset of each partition. */
interface Logs {
  readonly broker: Broker;
  readonly readAt: number;
  readonly firsts: ReadonlyMap<string, Offsets>;
}

/**
 * Nothing of a group that the console's user may not describe: the figures of the others go on. kafkajs reports it as a group
 * without a coordinator.
 */
async function committedBy({ admin }: Broker, group: string): Promise<Array<readonly [string, Offsets]>> {
  const ofGroup = await admin.fetchOffsets({ groupId: group }).catch((error: unknown) => {
    if (isNotAllowed(error) || (error as Error).name === 'KafkaJSGroupCoordinatorNotFound') return [];
    throw error;
  });
  return ofGroup.map(({ topic, partitions }) => {
    const committed = partitions.filter(({ offset }) => !offset.startsWith('-'));
    return [`${topic}>${group}`, new Map(committed.map((one) => [one.partition, BigInt(one.offset)]))] as const;
  });
}
