import type { CommittedOffset } from './group-records.ts';

/** The newest committed offset of every group, topic and partition. */
export class CommittedOffsets {
  private readonly byGroup = new Map<string, Map<string, Map<number, CommittedOffset>>>();

  get(group: string, topic: string, partition: number): CommittedOffset | undefined {
    return this.byGroup.get(group)?.get(topic)?.get(partition);
  }

  set(group: string, topic: string, partition: number, committed: CommittedOffset): void {
    let topics = this.byGroup.get(group);
    if (!topics) this.byGroup.set(group, (topics = new Map()));
    let partitions = topics.get(topic);
    if (!partitions) topics.set(topic, (partitions = new Map()));
    partitions.set(partition, committed);
  }

  delete(group: string, topic: string, partition: number): void {
    const topics = this.byGroup.get(group);
    const partitions = topics?.get(topic);
    partitions?.delete(partition);
    if (partitions?.size === 0) topics?.delete(topic);
    if (topics?.size === 0) this.byGroup.delete(group);
  }

  hasGroup(group: string): boolean {
    return this.byGroup.has(group);
  }

  get groupCount(): number {
    return this.byGroup.size;
  }

  groups(): string[] {
    return [...this.byGroup.keys()];
  }

  *ofGroup(group: string): Generator<[topic: string, partition: number, committed: CommittedOffset]> {
    for (const [topic, partitions] of this.byGroup.get(group) ?? []) {
      for (const [partition, committed] of partitions) yield [topic, partition, committed];
    }
  }
}
