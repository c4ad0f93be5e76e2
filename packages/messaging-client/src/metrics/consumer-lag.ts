import { Inject, Injectable, Logger } from '@nestjs/common';
import { Consumers } from '../consume/consumers.ts';
import type { ConnectKafka, KafkaClient, LogRange, PartitionPlace, TopicAdmin } from '../kafka/driver.ts';
import { LAG_LOOKS_MAX, LAG_REQUEST_MS_MAX, LAG_SAMPLE_MS } from '../limits.ts';
import { MessageEvents } from '../observe/message-events.ts';
import { CONNECT_KAFKA, MESSAGING_OPTIONS } from '../options.ts';
import type { MessagingOptions } from '../options.ts';
import { LogEnds } from './log-ends.ts';

export interface PartitionLag extends PartitionPlace {
  readonly group: string;
  /** From the offset that the group has committed, or from the first record where it has committed none, to the end of the log. */
  readonly records: number;
  /** When the first of them was written, in milliseconds since 1970: to LAG_SAMPLE_MS, or a tenth of its age. Undefined when there is none. */
  readonly since: number | undefined;
}

/**
 * How far each group of the service is behind in every partition of its topics, whichever instance holds it. Sampled in the background while the consumer runs, on
 * connections of its own, so that neither a handler nor a scrape waits for the broker.
 */
@Injectable()
export class ConsumerLag {
  readonly #logger = new Logger('ConsumerLag');
  readonly #kafka: () => KafkaClient;
  readonly #consumers: Consumers;
  readonly #events: MessageEvents;
  readonly #logEnds = new Map<string, LogEnds>();
  #last: readonly PartitionLag[] | undefined;
  #sampling: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(MESSAGING_OPTIONS) options: MessagingOptions,
    @Inject(CONNECT_KAFKA) connectKafka: ConnectKafka,
    consumers: Consumers,
    events: MessageEvents,
  ) {
    this.#kafka = () => connectKafka(options.kafka, `${options.service}-lag`);
    this.#consumers = consumers;
    this.#events = events;
  }

  /** Undefined when the last sample failed: an old one is never shown. */
  get last(): readonly PartitionLag[] | undefined {
    return this.#last;
  }

  /** Whether there is something to sample. */
  get isSampled(): boolean {
    return this.#consumers.topics.length > 0;
  }

  /** Samples from the start of the consumer to its stop. */
  start(): void {
    this.#events.on('consumer.state', ({ state }) => {
      if (state === 'stopped') {
        clearInterval(this.#timer);
        this.#timer = undefined;
        this.#last = undefined;
        return;
      }
      this.#timer ??= setInterval(() => void this.sample(), LAG_SAMPLE_MS).unref();
      if (state === 'running') void this.sample();
    });
  }

  /** One sample; while one is running, that one. */
  sample(): Promise<void> {
    this.#sampling ??= this.#sample().finally(() => (this.#sampling = undefined));
    return this.#sampling;
  }

  async #sample(): Promise<void> {
    const admin = this.#kafka().topicAdmin();
    try {
      await inTime(admin.connect());
      const lag: PartitionLag[] = [];
      for (const { group, topics } of this.#consumers.all) lag.push(...(await this.#read(admin, group, topics)));
      this.#forgetOthers(lag);
      this.#last = this.#timer && lag;
    } catch (error) {
      this.#last = undefined;
      this.#logger.debug({ error: (error as Error).message }, 'the lag could not be read');
    } finally {
      void admin.close().catch(() => undefined);
    }
  }

  async #read(admin: TopicAdmin, group: string, topics: readonly string[]): Promise<PartitionLag[]> {
    const now = Date.now();
    // Before the ends of the logs, so that none of them lies behind what is committed.
    const committed = new Map(
      (await inTime(admin.committed(group, topics))).map((place) => [nameOf(place), BigInt(place.offset)]),
    );
    const partitions = (await inTime(admin.ranges(topics))).map((range) => this.#stand(group, range, committed, now));
    for (const topic of topics) {
      await this.#lookBack(
        admin,
        topic,
        partitions.filter((one) => one.topic === topic && one.next < one.end),
        now,
      );
    }
    return partitions.map(({ topic, partition, next, end, logEnds }) => ({
      group,
      topic,
      partition,
      records: Number(end - next),
      since: next < end ? logEnds.writtenAt(next, now) : undefined,
    }));
  }

  #stand(
    group: string,
    { topic, partition, start, end }: LogRange,
    committed: ReadonlyMap<string, bigint>,
    now: number,
  ): Stand {
    const name = nameOf({ topic, partition });
    const first = BigInt(start);
    const last = BigInt(end);
    const position = committed.get(name) ?? first;
    // Records that were deleted will not be read; a topic that was recreated ends before what is committed.
    const next = position < first || position > last ? first : position;
    const ownName = `${group}/${name}`;
    const logEnds = this.#logEnds.get(ownName) ?? new LogEnds();
    this.#logEnds.set(ownName, logEnds);
    logEnds.note(now, last);
    logEnds.forgetBefore(next);
    return { topic, partition, next, end: last, logEnds };
  }

  /** Finds out when the first record of each backlog was written, where samples do not show it: as after a start. */
  async #lookBack(admin: TopicAdmin, topic: string, behind: readonly Stand[], now: number): Promise<void> {
    for (let looks = 0; looks < LAG_LOOKS_MAX; looks += 1) {
      const [at] = behind.flatMap(({ logEnds, next }) => logEnds.unsureAt(next, now) ?? []);
      if (at === undefined) return;
      const ends = new Map((await inTime(admin.offsetsAt(topic, at))).map((place) => [place.partition, place.offset]));
      for (const { partition, logEnds } of behind) logEnds.add(at, BigInt(ends.get(partition)!));
    }
  }

  #forgetOthers(partitions: readonly PartitionLag[]): void {
    const names = new Set(partitions.map((one) => `${one.group}/${nameOf(one)}`));
    for (const name of this.#logEnds.keys()) if (!names.has(name)) this.#logEnds.delete(name);
  }
}

/** Where the group stands in a partition. */
interface Stand extends PartitionPlace {
  /** The offset that it reads next. */
  readonly next: bigint;
  readonly end: bigint;
  readonly logEnds: LogEnds;
}

function nameOf({ topic, partition }: PartitionPlace): string {
  return `${topic}/${partition}`;
}

async function inTime<Result>(request: Promise<Result>): Promise<Result> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error('the broker did not answer in time')), LAG_REQUEST_MS_MAX);
  try {
    return await Promise.race([request, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
