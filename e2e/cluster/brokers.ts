import { Kafka, logLevel } from 'kafkajs';
import type { Admin } from 'kafkajs';
import { until } from '@event-bus/test-kit/until';

/** Elections and catching up, on two cores that run the whole of it. */
const SETTLED_WITHIN_MS = 120_000;

/** Settled: moved after a member came or went, and every partition has an owner. */
interface Group {
  readonly members: number;
  readonly owned: number;
}

/** A cluster's own view of itself. */
export class Brokers {
  readonly #admin: Admin;

  private constructor(admin: Admin) {
    this.#admin = admin;
  }

  static async connect(brokers: readonly string[]): Promise<Brokers> {
    const kafka = new Kafka({ brokers: [...brokers], clientId: 'e2e-cluster', logLevel: logLevel.NOTHING });
    const admin = kafka.admin();
    await admin.connect();
    return new Brokers(admin);
  }

  /** The part that leads the topic's first partition. */
  async leaderOf(topic: string): Promise<string> {
    const [partition] = await this.#partitionsOf([topic]);
    return `kafka-${partition!.leader}`;
  }

  /** Until every partition of these topics has all its copies in step. @returns how many partitions there are */
  async inStep(topics: readonly string[], copies = 3): Promise<number> {
    return until(
      `${copies} copies of each partition in step`,
      async () => {
        const partitions = await this.#partitionsOf(topics);
        const behind = partitions.filter(({ isr }) => isr.length < copies).length;
        if (behind > 0) throw new Error(`${behind} of ${partitions.length} partitions lack a copy`);
        return partitions.length;
      },
      SETTLED_WITHIN_MS,
    );
  }

  /** Undefined while it is on the move. */
  async group(id: string): Promise<Group | undefined> {
    const { groups } = await this.#admin.describeGroups([id]);
    const [group] = groups;
    if (group?.state !== 'Stable') return undefined;
    return {
      members: group.members.length,
      owned: group.members.filter(({ memberAssignment }) => memberAssignment.length > 0).length,
    };
  }

  async close(): Promise<void> {
    await this.#admin.disconnect();
  }

  async #partitionsOf(topics: readonly string[]) {
    const { topics: found } = await this.#admin.fetchTopicMetadata({ topics: [...topics] });
    return found.flatMap(({ partitions }) => partitions);
  }
}
