import { readRecords } from '@event-bus/messaging-client/inspect';
import { withBroker } from '../bus/broker/connect.ts';
import type { BrokerSetting } from '../stack/broker-access.ts';

export interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
}

export interface Record extends Place {
  readonly key: string;
}

/** A record that is not there yet is waited for with a new read. */
const READ_TIMEOUT_MS = 3_000;

/** Reads one record without a group, as `npm run bus -- tail` does. */
export async function readRecord(
  setting: BrokerSetting,
  { topic, partition, offset }: Place,
): Promise<Record | undefined> {
  const from = BigInt(offset);
  const spans = [{ topic, partition, from, to: from + 1n }];
  return withBroker(setting, async ({ cluster }) => {
    const signal = AbortSignal.timeout(READ_TIMEOUT_MS);
    for await (const { message } of readRecords(cluster, spans, signal, () => undefined)) {
      return { topic, partition, offset, key: String(message.key) };
    }
    return undefined;
  });
}
