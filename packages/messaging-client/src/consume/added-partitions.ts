import type { TopicDefinition } from '../event-definition.ts';
import type { PartitionPlace } from '../kafka/driver.ts';
import type { MessageEvents } from '../observe/message-events.ts';

interface Added {
  readonly defined: number;
  readonly found: number;
}

/** Partitions that a topic has beyond its definition and that this instance reads: reported once, and a warning for as long as it runs. */
export class AddedPartitions {
  readonly #events: MessageEvents;
  readonly #byTopic = new Map<string, Added>();

  constructor(events: MessageEvents) {
    this.#events = events;
  }

  look(topics: Iterable<TopicDefinition>, assigned: readonly PartitionPlace[]): void {
    for (const { name: topic, partitions: defined } of topics) {
      const numbers = assigned.filter((place) => place.topic === topic).map(({ partition }) => partition);
      const found = Math.max(-1, ...numbers) + 1;
      if (found <= defined || found <= (this.#byTopic.get(topic)?.found ?? 0)) continue;
      this.#byTopic.set(topic, { defined, found });
      this.#events.emit('topic.partitions-added', { topic, defined, found });
    }
  }

  /** A sentence for each topic. */
  warnings(): string[] {
    return [...this.#byTopic].map(
      ([topic, { defined, found }]) =>
        `${topic} has at least ${found} partitions, its definition says ${defined}; they are read, and keys stay where they are`,
    );
  }
}
