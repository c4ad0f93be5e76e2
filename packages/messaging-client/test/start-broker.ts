import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBroker } from '@event-bus/log-broker';

export interface TestBroker {
  /** host:port */
  readonly address: string;
  /** Where its segments are; undefined for the broker at KAFKA_BOOTSTRAP, unless KAFKA_DATA names the folder. */
  readonly dataFolder: string | undefined;
  /** Only a broker of the test's own can be stopped. */
  readonly canRestart: boolean;
  stop(): Promise<void>;
  /** On the same port and data. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** A log-broker of its own for the test, or the broker at KAFKA_BOOTSTRAP, which keeps its own settings. */
export async function startTestBroker(
  settings: { readonly retentionCheckIntervalMs?: number } = {},
): Promise<TestBroker> {
  const given = process.env['KAFKA_BOOTSTRAP'];
  if (given !== undefined) {
    const nothing = async (): Promise<void> => undefined;
    return {
      address: given,
      dataFolder: process.env['KAFKA_DATA'],
      canRestart: false,
      stop: nothing,
      start: nothing,
      close: nothing,
    };
  }
  const data = await mkdtemp(join(tmpdir(), 'log-broker-'));
  let broker = await startBroker({ ...settings, listen: { port: 0 }, data });
  const { port } = broker;
  return {
    address: `127.0.0.1:${port}`,
    dataFolder: data,
    canRestart: true,
    stop: () => broker.close(),
    start: async () => {
      broker = await startBroker({ ...settings, listen: { port }, data });
    },
    close: async () => {
      await broker.close();
      await rm(data, { recursive: true, force: true });
    },
  };
}
