import { eventCatalog } from '@event-bus/event-catalog';
import type { EventDefinition } from '@event-bus/event-catalog';
import { describeRecord, describeTopic, readRecords } from '@event-bus/messaging-client/inspect';
import { Injectable } from '@nestjs/common';
import { BrokerReader } from '../broker/broker-reader.ts';
import { CONTRACT_RECORDS_READ } from '../limits.ts';

export interface RecordsSeen {
  /** Null where the topic has other events, too, or the broker does not answer: they are not counted then. */
  readonly records: string | null;
  /** Time of the newest record of each version, as far as it is among the newest of the topic. */
  readonly lastAt: ReadonlyMap<number, string>;
}

const VERSION = /:v(\d+)$/;

@Injectable()
export class RecordsOfEvent {
  readonly #broker: BrokerReader;

  constructor(broker: BrokerReader) {
    this.#broker = broker;
  }

  /** A contract is shown also while the broker does not answer, or has not got the topic yet. */
  async read(event: EventDefinition): Promise<RecordsSeen> {
    const topic = event.topic.name;
    try {
      return await this.#broker.use(async (broker, signal) => {
        if (!(await broker.admin.listTopics()).includes(topic)) return NOTHING;
        const { records, partitions } = await describeTopic(broker.admin, topic);
        const spans = partitions.map(({ partition, first, next }) => {
          const from = next - BigInt(CONTRACT_RECORDS_READ);
          return { topic, partition, from: from < first ? first : from, to: next };
        });
        const lastAt = new Map<number, string>();
        for await (const record of readRecords(broker.cluster, spans, signal, () => undefined)) {
          const { type, headers, time } = describeRecord(record);
          const version = Number(VERSION.exec(headers['ce_dataschema'] ?? '')?.[1] ?? 1);
          if (type === event.name && time > (lastAt.get(version) ?? '')) lastAt.set(version, time);
        }
        return { records: isAlone(event) ? String(records) : null, lastAt };
      });
    } catch {
      return NOTHING;
    }
  }
}

const NOTHING: RecordsSeen = { records: null, lastAt: new Map() };

/** In its topic, so that the topic's records are its own. */
function isAlone({ name, topic }: EventDefinition): boolean {
  return eventCatalog.every((event) => event.topic.name !== topic.name || event.name === name);
}
