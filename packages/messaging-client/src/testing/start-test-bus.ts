import type { EventDefinition } from '../event-definition.ts';
import { createMissingTopics } from '../kafka/ensure-topics.ts';
import { loadDriver } from '../kafka/load-driver.ts';
import { testRecord } from './test-record.ts';
import type { TestRecordOptions } from './test-record.ts';

/** A broker in the process of the test. */
export interface TestBus {
  /** host:port, for a service's KAFKA_BROKERS. */
  readonly address: string;
  /**
   * Sends an event as another service would; creates its topic when it is missing.
   * @returns the event's id
   */
  publish<Payload>(
    event: EventDefinition<Payload>,
    payload: NoInfer<Payload>,
    options?: TestRecordOptions,
  ): Promise<string>;
  /** Ends the broker; its data are lost. */
  close(): Promise<void>;
}

const DATA_FOLDER = '/data';

/**
 * A broker in this process, on a free port, with its files in memory: for a spec that lets a service consume and publish. It
 * is `@event-bus/log-broker`, an optional peer dependency: only specs need it, so a service is installed without it.
 * @throws Error when @event-bus/log-broker is not installed
 */
export async function startTestBus(): Promise<TestBus> {
  const { MemoryFileSystem, startBroker } = await loadBroker();
  const broker = await startBroker({ listen: { port: 0 }, data: DATA_FOLDER, files: new MemoryFileSystem() });
  const address = `${broker.host}:${broker.port}`;
  const kafka = (await loadDriver())({ brokers: [address] }, 'test-bus');
  return {
    address,
    publish: async (event, payload, options = {}) => {
      await createMissingTopics(kafka, [event.topic], 1);
      const { eventId, ...record } = testRecord(event, payload, options);
      const producer = kafka.recordProducer(() => event.topic.partitions);
      await producer.connect();
      try {
        await producer.send([record]);
      } finally {
        await producer.close();
      }
      return eventId;
    },
    close: () => broker.close(),
  };
}

async function loadBroker(): Promise<typeof import('@event-bus/log-broker')> {
  try {
    return await import('@event-bus/log-broker');
  } catch (cause) {
    throw new Error('startTestBus() needs @event-bus/log-broker: npm install --save-dev @event-bus/log-broker', {
      cause,
    });
  }
}
