import type { DataSource } from 'typeorm';
import { DeadLetters } from '../src/dead-letters/dead-letters.ts';
import { Delivery } from '../src/consume/delivery.ts';
import { HeldPartition } from '../src/consume/held-partition.ts';
import { Parking } from '../src/consume/parking.ts';
import { DeadLetter } from '../src/consume/stages/dead-letter.ts';
import type { Unpark } from '../src/consume/handler-calls.ts';
import { queryOf } from '../src/database/query.ts';
import type { EventDefinition } from '../src/event-definition.ts';
import type { EventHandler } from '../src/handler/event-handler.ts';
import { RecordHeaders } from '../src/kafka/record-headers.ts';
import { ATTEMPTS_MAX, HANDLER_TIMEOUT_MS, PARKED_AGE_MS_MAX } from '../src/limits.ts';
import { MessageEvents } from '../src/observe/message-events.ts';
import type { MessageEventMap } from '../src/observe/message-events.ts';
import type { MessagingOptions } from '../src/options.ts';
import { ParkedRecords } from '../src/parking/parked-records.ts';
import { testRecord } from '../src/testing/test-record.ts';

/** An open partition of the event's topic. */
export function openPartition({ topic }: Pick<EventDefinition, 'topic'>): HeldPartition {
  const held = new HeldPartition('listener', { topic: topic.name, partition: 0 });
  held.open([], undefined);
  return held;
}

export interface RecordChanges {
  readonly eventId?: string;
  /** Beside those of the event; undefined: without this one. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly value?: Buffer | null;
}

let nextOffset = 0;

/** A record that has just been fetched. */
export function deliveryOf<Payload>(
  held: HeldPartition,
  event: EventDefinition<Payload>,
  payload: Payload,
  { eventId, headers: changed, value }: RecordChanges = {},
): Delivery {
  const record = testRecord(event, payload, eventId === undefined ? {} : { eventId });
  const headers = Object.entries({ ...record.headers, ...changed }).filter(([, text]) => text !== undefined);
  return new Delivery(held, {
    offset: String(nextOffset++),
    timestamp: record.timestamp,
    key: Buffer.from(record.key),
    value: value === undefined ? Buffer.from(record.value) : value,
    headers: RecordHeaders.from(Object.fromEntries(headers)),
  });
}

/** As `OnEvent(event)` makes it, with a method that does nothing. */
export function handlerOf<Payload>(event: EventDefinition<Payload>, changes: Partial<EventHandler> = {}): EventHandler {
  return {
    event,
    effect: { kind: 'database', shared: false },
    whenGivenUp: 'hold',
    attemptsMax: ATTEMPTS_MAX,
    name: undefined,
    keepInboxMs: event.topic.retentionMs,
    timeoutMs: HANDLER_TIMEOUT_MS,
    parkedAgeMaxMs: PARKED_AGE_MS_MAX,
    batch: undefined,
    call: async () => undefined,
    callTogether: async () => undefined,
    ...changes,
  };
}

/** What the stages share in the consumer, on a real database. */
export class StageParts {
  readonly handlers = new Map<string, EventHandler>();
  readonly events = new MessageEvents();
  readonly parkedRecords: ParkedRecords;
  readonly parking: Parking;
  readonly deadLetters: DeadLetters;
  readonly deadLetter: DeadLetter;
  readonly unpark: Unpark = ({ parked }) =>
    parked && (async (manager) => this.parkedRecords.finish(queryOf(manager), parked));

  constructor(dataSource: DataSource, service = 'listener') {
    const options = { service } as MessagingOptions;
    const { handlers, events, unpark } = this;
    this.parkedRecords = new ParkedRecords(options, dataSource);
    this.parking = new Parking(this.parkedRecords, events);
    this.deadLetters = new DeadLetters(options, dataSource);
    this.deadLetter = new DeadLetter({ deadLetters: this.deadLetters, unpark, handlers, events });
  }

  /** Collects what is reported from now on. */
  reported<Name extends keyof MessageEventMap>(name: Name): Array<MessageEventMap[Name][0]> {
    const reports: Array<MessageEventMap[Name][0]> = [];
    this.events.on(name, ((report: MessageEventMap[Name][0]) => void reports.push(report)) as never);
    return reports;
  }

  /** The first record of a parked lane, as it comes from the database; undefined when nothing is parked in it. */
  async parkedHead({ held, message }: Delivery): Promise<Delivery | undefined> {
    const lane = this.parkedRecords.laneOf({ topic: held.topic, partition: held.partition, message });
    const { head } = await this.parkedRecords.look(lane);
    return head && new Delivery(held, head.message, head);
  }
}
