import {
  describeGroups,
  describeTopic,
  findGroups,
  isNotAllowed,
  readTopicSettings,
  requireTopics,
} from '@event-bus/messaging-client/inspect';
import type { Broker, GroupDescription } from '@event-bus/messaging-client/inspect';
import { Injectable } from '@nestjs/common';
import type { Topic, TopicList, TopicSummary } from '../api.ts';
import { BrokerReader } from '../broker/broker-reader.ts';
import { keyFieldOf } from '../contracts/key-field.ts';
import { GroupWatch } from '../broker/group-watch.ts';
import { TOPICS_LISTED_MAX } from '../limits.ts';
import { bySort, eventsOf, kindOf } from './kind-of-topic.ts';

const SETTINGS = ['retention.ms', 'retention.bytes', 'cleanup.policy', 'segment.bytes', 'max.message.bytes'];

@Injectable()
export class Topics {
  readonly #broker: BrokerReader;
  readonly #watch: GroupWatch;

  constructor(broker: BrokerReader, watch: GroupWatch) {
    this.#broker = broker;
    this.#watch = watch;
  }

  async list(): Promise<TopicList> {
    return this.#broker.use(async ({ admin }) => {
      const all = (await admin.listTopics()).sort(bySort);
      const names = all.slice(0, TOPICS_LISTED_MAX);
      const topics = await Promise.all(
        names.map(async (topic) => this.#summaryOf(await describeTopic(admin, topic), this.#groupsOf(topic))),
      );
      return { topics, left: all.length - names.length };
    });
  }

  /** @throws ConsoleProblem when there is no such topic */
  async one(name: string): Promise<Topic> {
    return this.#broker.use(async (broker, signal) => {
      await requireTopics(broker.admin, [name]);
      const [described, settings, groups] = await Promise.all([
        describeTopic(broker.admin, name),
        settingsOf(broker, name),
        readersOf(broker, name, this.#groupsOf(name), signal),
      ]);
      const { partitions, records } = described;
      return {
        ...this.#summaryOf(
          described,
          groups.map(({ group }) => group),
        ),
        at: new Date().toISOString(),
        keyField: keyFieldOf(name),
        settings,
        settingsProblem: settings === null ? { code: 'settings-not-allowed', params: {} } : null,
        perPartition: partitions.map(({ partition, first, next }) => ({
          partition,
          first: String(first),
          next: String(next),
          share: records === 0n ? 0 : Number(next - first) / Number(records),
          groups: groups.flatMap((group) => this.#lagOf(group, name, partition)),
        })),
      };
    });
  }

  #lagOf({ group, partitions }: GroupDescription, topic: string, partition: number) {
    return partitions
      .filter((one) => one.topic === topic && one.partition === partition)
      .map(({ committed, lagRecords, lagSeconds }) => ({
        group,
        committed: committed === null ? null : String(committed),
        lag: Number(lagRecords),
        lagSeconds,
        trend: this.#watch.history.lagOf(group, topic, partition),
      }));
  }

  #groupsOf(topic: string): string[] {
    const groups = this.#watch.latest()?.groups ?? [];
    return groups.filter(({ partitions }) => partitions.some((one) => one.topic === topic)).map(({ group }) => group);
  }

  #summaryOf(
    { topic, partitions, records }: Awaited<ReturnType<typeof describeTopic>>,
    groups: string[],
  ): TopicSummary {
    return {
      topic,
      kind: kindOf(topic),
      events: eventsOf(topic),
      partitions: partitions.length,
      records: String(records),
      groups,
    };
  }
}

/** Null: the user may not read them. A topic is worth showing without. */
async function settingsOf({ admin }: Broker, topic: string): Promise<Topic['settings']> {
  try {
    return (await readTopicSettings(admin, [topic], SETTINGS)).get(topic) ?? {};
  } catch (error) {
    if (isNotAllowed(error)) return null;
    throw error;
  }
}

async function readersOf(
  broker: Broker,
  topic: string,
  known: readonly string[],
  signal: AbortSignal,
): Promise<GroupDescription[]> {
  // Before the first round of the watch there is nothing known; a group may have been deleted since the last one.
  const existing = await findGroups(broker);
  const names = known.length > 0 ? existing.filter((name) => known.includes(name)) : existing;
  const groups = await describeGroups(broker, names, signal);
  return groups.filter(({ partitions }) => partitions.some((one) => one.topic === topic));
}
